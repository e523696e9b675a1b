package main

import (
	"encoding/json"
	"fmt"

	"example.com/bookshop"
)

func main() {
	if err := run(); err != nil {
		panic(err)
	}
}

func run() error {
	{{block}}
	return nil
}
