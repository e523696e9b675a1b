module rapace

go 1.25
