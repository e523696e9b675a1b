module conformancetestee

go 1.25

require conformancefixtures v0.0.0

require github.com/coder/websocket v1.8.15 // indirect

replace conformancefixtures => ./generated
