// SPDX-License-Identifier: MIT

// The HTTP client of Go's standard library, on one processor: `bench_http_go_client URL REQUESTS
// CONNECTIONS`.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const plaintext = "Hello, World!"

func check(failure error) {
	if failure != nil {
		fmt.Fprintln(os.Stderr, failure)
		os.Exit(1)
	}
}

func ask(client *http.Client, url string) error {
	answer, failure := client.Get(url)
	if failure != nil {
		return failure
	}
	defer answer.Body.Close()
	body, failure := io.ReadAll(answer.Body)
	if failure == nil && (answer.StatusCode != 200 || string(body) != plaintext) {
		failure = fmt.Errorf("the answer is another one: %d %q", answer.StatusCode, body)
	}
	return failure
}

func main() {
	runtime.GOMAXPROCS(1)
	words := os.Args[1:]
	if len(words) == 1 && words[0] == "--about" {
		fmt.Printf("Go %s\n", strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	if len(words) != 3 {
		os.Exit(3)
	}
	requests, failure := strconv.ParseInt(words[1], 10, 64)
	check(failure)
	connections, failure := strconv.Atoi(words[2])
	check(failure)
	client := &http.Client{Transport: &http.Transport{
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		DisableCompression:  true,
	}}
	left := requests
	var askers sync.WaitGroup
	for i := 0; i < connections; i++ {
		askers.Add(1)
		go func() {
			defer askers.Done()
			for atomic.AddInt64(&left, -1) >= 0 {
				check(ask(client, words[0]))
			}
		}()
	}
	askers.Wait()
	fmt.Println("answers", requests)
}
