// Command bench measures generated rapace clients beside what else there is for Go: see README.md.
//
//	bench codec LIBRARY REFERENCE_FOLDER SECONDS
//	bench rpc   LIBRARY SECONDS
//	bench serve LIBRARY
//	bench load  drpc ADDRESS CASE sequential|in_flight_64 SECONDS
//
// It writes a line of JSON for each figure. A server prints its address, and serves until its standard input is closed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "serve" {
		return serve(args[1])
	}
	if len(args) < 3 {
		return errors.New("usage: bench codec LIBRARY REFERENCE_FOLDER SECONDS, bench rpc LIBRARY SECONDS, bench serve LIBRARY, or bench load drpc ADDRESS CASE OPERATION SECONDS")
	}
	number, err := strconv.ParseFloat(args[len(args)-1], 64)
	if err != nil {
		return fmt.Errorf("SECONDS: %w", err)
	}
	seconds := time.Duration(number * float64(time.Second))
	switch {
	case args[0] == "codec" && len(args) == 4:
		return measureCodec(args[1], args[2], seconds)
	case args[0] == "rpc" && len(args) == 3:
		return measureRPC(args[1], seconds)
	case args[0] == "load" && args[1] == "drpc" && len(args) == 6:
		return loadDRPC(args[2], args[3], args[4], seconds)
	}
	return fmt.Errorf("arguments %q are not understood", args)
}

// report writes a figure: nanoseconds per operation.
func report(name, operation string, nanoseconds float64) {
	line := struct {
		Case string  `json:"case"`
		Op   string  `json:"op"`
		Ns   float64 `json:"ns"`
	}{name, operation, nanoseconds}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		panic(err)
	}
}

// roundTime is how long a round takes: long enough for the clock, and short enough for many rounds.
const roundTime = 5 * time.Millisecond

// median returns the nanoseconds of one operation in the middle of all rounds.
func median(budget time.Duration, operation func()) float64 {
	count := 1
	for {
		if took := timed(count, operation); took >= roundTime {
			break
		}
		count *= 2
	}
	var rounds []float64
	for start := time.Now(); len(rounds) < 5 || time.Since(start) < budget; {
		rounds = append(rounds, float64(timed(count, operation))/float64(count))
	}
	return middle(rounds)
}

func timed(count int, operation func()) time.Duration {
	start := time.Now()
	for range count {
		operation()
	}
	return time.Since(start)
}

func middle(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}
