// SPDX-License-Identifier: MIT

// The WebSocket server in Go with gorilla/websocket, on one processor: `bench_http_go_ws ws`.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// The package does not look whether a text is UTF-8, which RFC 6455 leaves to no one's choice.
func echo(peer *websocket.Conn) {
	defer peer.Close()
	peer.SetReadLimit(1 << 20)
	for {
		kind, message, failure := peer.ReadMessage()
		if failure != nil {
			return
		}
		if kind == websocket.TextMessage && !utf8.Valid(message) {
			why := websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, "")
			peer.WriteMessage(websocket.CloseMessage, why)
			return
		}
		if peer.WriteMessage(kind, message) != nil {
			return
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	words := os.Args[1:]
	if len(words) == 1 && words[0] == "--about" {
		fmt.Printf("Go %s, gorilla/websocket\n", strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	if len(words) != 1 || words[0] != "ws" {
		os.Exit(3)
	}
	upgrader := websocket.Upgrader{ReadBufferSize: 32 << 10, WriteBufferSize: 32 << 10}
	site := http.NewServeMux()
	site.HandleFunc("/ws", func(answer http.ResponseWriter, asked *http.Request) {
		if peer, failure := upgrader.Upgrade(answer, asked, nil); failure == nil {
			echo(peer)
		}
	})
	listener, failure := net.Listen("tcp4", "127.0.0.1:0")
	if failure == nil {
		fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
		failure = http.Serve(listener, site)
	}
	fmt.Fprintln(os.Stderr, failure)
	os.Exit(1)
}
