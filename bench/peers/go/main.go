// SPDX-License-Identifier: MIT

// The benchmarks for Go, as far as they make sense for goroutines: calling a function awaits it
// without a frame of its own, and there is no loop to post to.
//
// The protocol is that of the C++ programs: `bench_go BENCH [COUNT]` prints one line.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const (
	gatherWidth      = 10_000
	timersBackground = 10_000
	timersBatch      = 1_000
	timeoutTasks     = 1_000
	queueCapacity    = 128
	sleepersFull     = 1_000_000
	sleepFull        = 10 * time.Second
)

type measurement struct {
	value float64
	unit  string
}

// processCPU is clock 2 of clock_gettime(2), CLOCK_PROCESS_CPUTIME_ID.
func processCPU() time.Duration {
	const clockProcessCPU = 2
	var now syscall.Timespec
	_, _, failure := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockProcessCPU,
		uintptr(unsafe.Pointer(&now)), 0)
	expect(failure == 0, "the CPU clock can be read")
	return time.Duration(now.Nano())
}

type cpuTimer struct{ begin time.Duration }

func startTimer() cpuTimer { return cpuTimer{processCPU()} }

func (t cpuTimer) perOperation(operations int) measurement {
	return measurement{float64(processCPU()-t.begin) / float64(operations), "ns"}
}

func expect(holds bool, claim string) {
	if !holds {
		fmt.Fprintf(os.Stderr, "benchmark is wrong: %s does not hold\n", claim)
		os.Exit(1)
	}
}

func peakRSS() int64 {
	status, failure := os.ReadFile("/proc/self/status")
	expect(failure == nil, "/proc/self/status can be read")
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kibibytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes * 1024
		}
	}
	expect(false, "/proc/self/status has VmHWM")
	return 0
}

func timerDelay(index int) time.Duration {
	return time.Duration(30_000+index*7_919%60_000) * time.Millisecond
}

// together runs a function in so many goroutines and waits for them all.
func together(count int, run func()) {
	var group sync.WaitGroup
	group.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			run()
			group.Done()
		}()
	}
	group.Wait()
}

func spawnJoin(count int) measurement {
	var counter int64
	countUp := func() { atomic.AddInt64(&counter, 1) }
	together(count, countUp) // fills the runtime's caches
	timer := startTimer()
	together(count, countUp)
	found := timer.perOperation(count)
	expect(counter == 2*int64(count), "every goroutine ran")
	return found
}

func yield(count int) measurement {
	timer := startTimer()
	together(2, func() {
		for i := 0; i < count/2; i++ {
			runtime.Gosched()
		}
	})
	return timer.perOperation(count / 2 * 2)
}

func gatherSleep10k(rounds int) measurement {
	timer := startTimer()
	for round := 0; round < rounds; round++ {
		together(gatherWidth, func() { time.Sleep(time.Millisecond) })
	}
	return timer.perOperation(rounds * gatherWidth)
}

func timerCancel(count int) measurement {
	fired := func() { expect(false, "no timer of this benchmark fires") }
	background := make([]*time.Timer, timersBackground)
	for i := range background {
		background[i] = time.AfterFunc(timerDelay(i), fired)
	}
	batch := make([]*time.Timer, timersBatch)
	timer := startTimer()
	for done := 0; done < count; done += timersBatch {
		for i := range batch {
			batch[i] = time.AfterFunc(timerDelay(i), fired)
		}
		for _, each := range batch {
			each.Stop()
		}
	}
	return timer.perOperation(count)
}

//go:noinline
func sleepLong(deadline context.Context, frames int) error {
	if frames > 1 {
		return sleepLong(deadline, frames-1)
	}
	hour := time.NewTimer(time.Hour)
	defer hour.Stop()
	select {
	case <-hour.C:
		return nil
	case <-deadline.Done():
		return deadline.Err()
	}
}

func timeoutFires(count, frames int) measurement {
	var done int64
	countEach := (count + timeoutTasks - 1) / timeoutTasks
	timer := startTimer()
	together(timeoutTasks, func() {
		for i := 0; i < countEach; i++ {
			deadline, cancel := context.WithTimeout(context.Background(), time.Microsecond)
			if sleepLong(deadline, frames) != nil {
				atomic.AddInt64(&done, 1)
			}
			cancel()
		}
	})
	found := timer.perOperation(countEach * timeoutTasks)
	expect(done == int64(countEach*timeoutTasks), "every timeout fired")
	return found
}

func sleepingTaskBytes(count int) measurement {
	delay := sleepFull
	if count < sleepersFull {
		delay = sleepFull / sleepersFull * time.Duration(count)
	}
	beginBytes := peakRSS()
	begin := time.Now()
	together(count, func() { time.Sleep(delay) })
	beyond := time.Since(begin) - delay
	fmt.Fprintf(os.Stderr, "wall_beyond_ms %.1f\n", float64(beyond.Microseconds())/1_000)
	return measurement{float64(peakRSS()-beginBytes) / float64(count), "bytes"}
}

func queue128(count int) measurement {
	queue := make(chan int, queueCapacity)
	sum := 0
	var group sync.WaitGroup
	group.Add(2)
	timer := startTimer()
	go func() {
		for i := 0; i < count; i++ {
			queue <- i
		}
		group.Done()
	}()
	go func() {
		for i := 0; i < count; i++ {
			sum += <-queue
		}
		group.Done()
	}()
	group.Wait()
	found := timer.perOperation(count)
	expect(sum == count*(count-1)/2, "every item arrived")
	return found
}

// wake hands a token to and fro between two goroutines that own a thread each.
func wake(count int) measurement {
	there := make(chan struct{})
	back := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		for i := 0; i < count; i++ {
			<-there
			back <- struct{}{}
		}
	}()
	runtime.LockOSThread()
	timer := startTimer()
	for i := 0; i < count; i++ {
		there <- struct{}{}
		<-back
	}
	return timer.perOperation(count)
}

type entry struct {
	run   func(int) measurement
	count int
}

var entries = map[string]entry{
	"spawn_join":          {spawnJoin, 300_000},
	"yield":               {yield, 3_000_000},
	"gather_sleep_10k":    {gatherSleep10k, 20},
	"timer_cancel":        {timerCancel, 1_000_000},
	"timeout_fires_1":     {func(n int) measurement { return timeoutFires(n, 1) }, 100_000},
	"timeout_fires_5":     {func(n int) measurement { return timeoutFires(n, 5) }, 100_000},
	"queue_128":           {queue128, 3_000_000},
	"wake":                {wake, 30_000},
	"sleeping_task_bytes": {sleepingTaskBytes, sleepersFull},
}

var notForGo = map[string]bool{"await_child": true, "fib": true, "post": true}

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintf(os.Stderr, "usage: %s BENCH [COUNT] | --about\n", os.Args[0])
		os.Exit(2)
	}
	name := os.Args[1]
	if name == "--about" {
		fmt.Printf("Go %s\n", strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	if notForGo[name] {
		os.Exit(3)
	}
	chosen, known := entries[name]
	if !known {
		fmt.Fprintf(os.Stderr, "no benchmark is called '%s'\n", name)
		os.Exit(2)
	}
	if len(os.Args) == 3 {
		count, failure := strconv.Atoi(os.Args[2])
		if failure != nil || count <= 0 {
			fmt.Fprintf(os.Stderr, "the count must be a positive number, but is '%s'\n", os.Args[2])
			os.Exit(2)
		}
		chosen.count = count
	}
	found := chosen.run(chosen.count)
	fmt.Printf("%s %.3f %s\n", name, found.value, found.unit)
}
