// SPDX-License-Identifier: MIT

// The HTTP server in Go, on one processor: `bench_http_go http PAGE [FILE]` or
// `https PAGE CERTIFICATE KEY`.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
)

var plaintext = []byte("Hello, World!")
var json = []byte(`{"message":"` + strings.Repeat("x", 1010) + `"}`)

func check(failure error) {
	if failure != nil {
		fmt.Fprintln(os.Stderr, failure)
		os.Exit(1)
	}
}

func text(kind string, body []byte) http.HandlerFunc {
	length := strconv.Itoa(len(body))
	return func(answer http.ResponseWriter, asked *http.Request) {
		answer.Header().Set("Content-Type", kind)
		answer.Header().Set("Content-Length", length)
		answer.Write(body)
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	words := os.Args[1:]
	if len(words) == 1 && words[0] == "--about" {
		fmt.Printf("Go %s\n", strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	if len(words) < 2 || (words[0] == "https" && len(words) != 4) {
		os.Exit(3)
	}
	site := http.NewServeMux()
	site.HandleFunc("/plaintext", text("text/plain; charset=utf-8", plaintext))
	site.HandleFunc("/json", text("application/json", json))
	if words[0] == "http" && len(words) == 3 {
		site.HandleFunc("/file", func(answer http.ResponseWriter, asked *http.Request) {
			answer.Header().Set("Content-Type", "application/octet-stream")
			http.ServeFile(answer, asked, words[2])
		})
	}
	listener, failure := net.Listen("tcp4", "127.0.0.1:0")
	check(failure)
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	if words[0] == "https" {
		check(http.ServeTLS(listener, site, words[2], words[3]))
	}
	check(http.Serve(listener, site))
}
