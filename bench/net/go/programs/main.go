// SPDX-License-Identifier: MIT

// The benchmarks for Go that need no load: `bench_net_go_programs BENCH [COUNT]` prints one line.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func check(failure error) {
	if failure != nil {
		fmt.Fprintln(os.Stderr, failure)
		os.Exit(1)
	}
}

// cpuNow is the CPU time of this process and of the children that it has waited for.
func cpuNow() time.Duration {
	var own, children syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	check(syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children))
	return time.Duration(own.Utime.Nano() + own.Stime.Nano() +
		children.Utime.Nano() + children.Stime.Nano())
}

func spawnProcess(count int) {
	for i := 0; i < count; i++ {
		check(exec.Command("/bin/true").Run())
	}
}

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintf(os.Stderr, "usage: %s BENCH [COUNT] | --about\n", os.Args[0])
		os.Exit(2)
	}
	if os.Args[1] == "--about" {
		fmt.Printf("Go %s\n", strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	if os.Args[1] != "spawn_process" {
		os.Exit(3)
	}
	count := 200
	if len(os.Args) == 3 {
		count, _ = strconv.Atoi(os.Args[2])
	}
	cpu, wall := cpuNow(), time.Now()
	spawnProcess(count)
	each := 1 / float64(count)
	fmt.Fprintf(os.Stderr, "wall_ns %.0f\n", float64(time.Since(wall).Nanoseconds())*each)
	fmt.Printf("%s %.3f ns\n", os.Args[1], float64(cpuNow()-cpu)*each)
}
