module conformancetestee

go 1.25

require conformancefixtures v0.0.0

replace conformancefixtures => ./generated
