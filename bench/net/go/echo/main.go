// SPDX-License-Identifier: MIT

// The echo server in Go: a goroutine for each connection. `bench_net_go tcp`, `unix PATH`, or
// `tls CERTIFICATE KEY`.
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
)

const bufferSize = 32 * 1024

func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, bufferSize)
	for {
		length, failure := connection.Read(buffer)
		if failure != nil {
			return
		}
		if _, failure = connection.Write(buffer[:length]); failure != nil {
			return
		}
	}
}

func check(failure error) {
	if failure != nil {
		fmt.Fprintln(os.Stderr, failure)
		os.Exit(1)
	}
}

func listen(arguments []string) net.Listener {
	switch {
	case len(arguments) == 1 && arguments[0] == "tcp":
		listener, failure := net.Listen("tcp4", "127.0.0.1:0")
		check(failure)
		return listener
	case len(arguments) == 2 && arguments[0] == "unix":
		listener, failure := net.Listen("unix", arguments[1])
		check(failure)
		return listener
	case len(arguments) == 3 && arguments[0] == "tls":
		pair, failure := tls.LoadX509KeyPair(arguments[1], arguments[2])
		check(failure)
		settings := &tls.Config{Certificates: []tls.Certificate{pair}}
		listener, failure := tls.Listen("tcp4", "127.0.0.1:0", settings)
		check(failure)
		return listener
	}
	os.Exit(3)
	return nil
}

func main() {
	arguments := os.Args[1:]
	if len(arguments) == 1 && arguments[0] == "--about" {
		fmt.Printf("Go %s\n", strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	listener := listen(arguments)
	name := listener.Addr().String()
	if listener.Addr().Network() == "tcp" {
		_, name, _ = net.SplitHostPort(name)
	}
	fmt.Println("listening", name)
	for {
		connection, failure := listener.Accept()
		check(failure)
		go echo(connection)
	}
}
