package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"
)

// served counts the calls that this process has served.
var served atomic.Int64

// servers print their address with announce, and then serve until the process ends.
var servers = map[string]func() error{
	"rapace":     serveRapace,
	"grpc-go":    serveGRPC,
	"connect-go": serveConnect,
	"drpc":       serveDRPC,
	"raw":        serveRaw,
}

func serve(library string) error {
	server, ok := servers[library]
	if !ok {
		return fmt.Errorf("there is no server %q", library)
	}
	return server()
}

// announce prints the address, and begins to answer each line of standard input with the calls and the processor time
// up to now. The end of standard input ends the process.
func announce(address string) {
	fmt.Println(address)
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			report := struct {
				Calls int64 `json:"calls"`
				CPU   int64 `json:"cpu_ns"`
			}{served.Load(), int64(processTime())}
			if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
				panic(err)
			}
		}
		os.Exit(0)
	}()
}
