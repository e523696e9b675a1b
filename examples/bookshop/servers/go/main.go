// The bookshop's server in Go:
//
//	bookshop-server --listen tcp://127.0.0.1:9000 --listen unix:///run/shop.sock
//
// For each address it prints a line "listening on ADDRESS", and serves until SIGINT or SIGTERM comes.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"bookshop"
	"bookshop/rapace"
	"bookshop/rapace/websocket"
)

// flags are those of the command line.
type flags struct {
	listen           []string
	certificate, key string
	authorities      string
	untilStdinCloses bool
}

func main() {
	log.SetFlags(0)
	var f flags
	flag.Func("listen", "serve at this `ADDR`: tcp://host:port, unix:///path or ws://host:port/path, or with a certificate tls:// or wss://",
		func(address string) error { f.listen = append(f.listen, address); return nil })
	flag.StringVar(&f.certificate, "certificate", "", "the `FILE` with the certificate for tls:// and wss://, as PEM")
	flag.StringVar(&f.key, "key", "", "the `FILE` with the certificate's private key, as PEM")
	flag.StringVar(&f.authorities, "client-authorities", "", "serve only clients with a certificate of the authorities in this `FILE`")
	flag.BoolVar(&f.untilStdinCloses, "until-stdin-closes", false, "stop when standard input is closed")
	flag.Parse()
	if len(f.listen) == 0 {
		log.Fatal("nowhere to listen: name an address with --listen tcp://127.0.0.1:9000")
	}
	if err := run(f); err != nil {
		log.Fatal(err)
	}
}

// run serves until it is stopped.
func run(f flags) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if f.untilStdinCloses {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	shop := openShop()
	options := []rapace.HostOption{
		bookshop.ServeCatalog(shop),
		bookshop.ServeOrders(shop),
		rapace.WithWebSocketAccept(websocket.Accept),
	}
	if f.certificate != "" {
		config, err := f.tlsConfig()
		if err != nil {
			return err
		}
		options = append(options, rapace.WithTLS(config))
	}
	host := rapace.NewHost(options...)
	var serving sync.WaitGroup
	defer serving.Wait()
	for _, address := range f.listen {
		listener, err := host.Listen(address)
		if err != nil {
			stop()
			return err
		}
		fmt.Println("listening on", listener.Address())
		serving.Go(func() {
			if err := host.Serve(ctx, listener); err != nil {
				log.Print(err)
			}
		})
	}
	return nil
}

func (f flags) tlsConfig() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(f.certificate, f.key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	if f.authorities != "" {
		pem, err := os.ReadFile(f.authorities)
		if err != nil {
			return nil, err
		}
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", f.authorities)
		}
	}
	return config, nil
}
