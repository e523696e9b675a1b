// A plug-in: it serves the host that it dials, and calls the host back.
//
//	plugin ADDRESS
package main

import (
	"context"
	"iter"
	"log"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"pluginhello"
	"pluginhello/rapace"
)

var keys = regexp.MustCompile(`{{([A-Za-z]+)}}`)

type hello struct{}

func (hello) Greet(ctx context.Context, name string) (string, error) {
	greeting, err := value(ctx, "greeting")
	return greeting + ", " + name + "!", err
}

func (hello) Render(ctx context.Context, template string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for line := range strings.SplitSeq(template, "\n") {
			var failure error
			rendered := keys.ReplaceAllStringFunc(line, func(key string) string {
				text, err := value(ctx, strings.Trim(key, "{}"))
				if failure == nil {
					failure = err
				}
				return text
			})
			if !yield(rendered, failure) {
				return
			}
		}
	}
}

// value returns the host's value of a key.
func value(ctx context.Context, key string) (string, error) {
	host := pluginhello.NewHostClient(rapace.CallFrom(ctx).Conn())
	found, err := host.Value(ctx, key)
	switch {
	case err != nil:
		return "", err
	case found == nil:
		return "", rapace.Errorf(rapace.CodeNotFound, "no value for %s", key)
	}
	return *found, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A plug-in opens even channels, although it dials.
	conn, err := rapace.Dial(ctx, os.Args[len(os.Args)-1],
		rapace.WithHandlers(pluginhello.ServePlugin(hello{})), rapace.WithFirstChannel(2))
	if err != nil {
		log.Fatal(err)
	}
	select {
	case <-ctx.Done():
	case <-conn.Done():
	}
	_ = conn.Close()
}
