package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"conformancefixtures/rapace"
	"conformancefixtures/rapace/websocket"
)

// command is a line of standard input. What it is to do is the field that is there.
type command struct {
	ID      uint64
	Connect *string
	Close   bool
	Call    string
	Stream  string
	Notify  string
	Cancel  *uint64
	Open    string
	Next    *uint64
	Break   *uint64
	Tunnel  *uint32
	Write   *uint64
	Read    *uint64
	Finish  *uint64
	Drop    *uint64
	Pump    *uint64
	Many    *uint32
	Stats   bool
	// Serve is an address, or true in a command to connect.
	Serve      json.RawMessage
	Answer     *uint64
	Item       *uint64
	End        *uint64
	Fail       *uint64
	Raise      *uint64
	OpenTunnel *uint64 `json:"open_tunnel"`
	Shutdown   bool
	GraceMS    int64 `json:"grace_ms"`
	Value      any
	Code       json.Number
	Message    string
	Arguments  []any
	TimeoutMS  int64 `json:"timeout_ms"`
	Count      int
	Bytes      any
	Measure    bool
	Options    options
}

// options are those of a connection; what is zero is left to the runtime.
type options struct {
	TimeoutMS        int64 `json:"timeout_ms"`
	ConnectTimeoutMS int64 `json:"connect_timeout_ms"`
	Limits           struct {
		MaxFrameBytes        int `json:"max_frame_bytes"`
		MaxDecodedBytes      int `json:"max_decoded_bytes"`
		MaxStreamBytes       int `json:"max_stream_bytes"`
		StreamHighWaterBytes int `json:"stream_high_water_bytes"`
		MaxUnsentBytes       int `json:"max_unsent_bytes"`
		MaxCalls             int `json:"max_calls"`
		MaxAbandonedCalls    int `json:"max_abandoned_calls"`
	}
	MaxServedCalls int    `json:"max_served_calls"`
	MaxServedBytes int    `json:"max_served_bytes"`
	MaxConnections int    `json:"max_connections"`
	IdleTimeoutMS  int64  `json:"idle_timeout_ms"`
	ErrorTexts     bool   `json:"error_texts"`
	FirstChannel   uint32 `json:"first_channel"`
	Echo           bool
	TLS            *struct {
		CA, Cert, Key string
		ServerName    string `json:"server_name"`
	}
	Reconnect *struct {
		InitialMS int64 `json:"initial_ms"`
		MaxMS     int64 `json:"max_ms"`
		Attempts  int
	}
	Pool   int
	States bool
}

func milliseconds(n int64) time.Duration {
	return time.Duration(n) * time.Millisecond
}

// limits are those of a connection.
func (o options) limits() rapace.Limits {
	return rapace.Limits{
		MaxFrameBytes:        o.Limits.MaxFrameBytes,
		MaxDecodedBytes:      o.Limits.MaxDecodedBytes,
		MaxStreamBytes:       o.Limits.MaxStreamBytes,
		StreamHighWaterBytes: o.Limits.StreamHighWaterBytes,
		MaxUnsentBytes:       o.Limits.MaxUnsentBytes,
		MaxCalls:             o.Limits.MaxCalls,
		MaxAbandonedCalls:    o.Limits.MaxAbandonedCalls,
		MaxServedCalls:       o.MaxServedCalls,
		MaxServedBytes:       o.MaxServedBytes,
	}
}

// dial connects as the options say, and with these.
func (o options) dial(address string, onState func(rapace.State, error), more ...rapace.ConnOption) (*rapace.Conn, error) {
	ctx := context.Background()
	if o.ConnectTimeoutMS > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, milliseconds(o.ConnectTimeoutMS))
		defer cancel()
	}
	chosen := append([]rapace.ConnOption{
		rapace.WithWebSocket(websocket.Handshake),
		rapace.WithLimits(o.limits()),
	}, more...)
	if o.TLS != nil {
		config, err := o.tlsConfig()
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, rapace.WithTLS(config))
	}
	if r := o.Reconnect; r != nil {
		chosen = append(chosen, rapace.WithReconnect(rapace.Reconnect{
			Initial: milliseconds(r.InitialMS), Max: milliseconds(r.MaxMS), Attempts: r.Attempts,
		}))
	}
	if o.Pool > 0 {
		chosen = append(chosen, rapace.WithPool(o.Pool))
	}
	if o.States {
		chosen = append(chosen, rapace.WithStateHandler(onState))
	}
	return rapace.Dial(ctx, address, chosen...)
}

func (o options) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{ServerName: o.TLS.ServerName}
	if o.TLS.CA != "" {
		pem, err := os.ReadFile(o.TLS.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", o.TLS.CA)
		}
	}
	if o.TLS.Cert != "" {
		certificate, err := tls.LoadX509KeyPair(o.TLS.Cert, o.TLS.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}
