// What goroutines cost on one processor: the rows of bench/tasks.c, of the same names. One line a
// row: its name, a tab, CPU nanoseconds of the process, the least of 60 rounds. The collector runs
// between the rounds, not in them.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
)

const (
	rounds = 60
	steps  = 10_000 // spawns, or yields, in a round
)

func cpuNs() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Nano() + used.Stime.Nano())
}

// A channel is what tells that one is done, and gives what it comes to.
func spawnJoin() {
	for i := 0; i < steps; i++ {
		done := make(chan struct{})
		go func() { close(done) }()
		<-done
	}
}

func spawnJoin1000() {
	for i := 0; i < steps/1000; i++ {
		var all sync.WaitGroup
		all.Add(1000)
		for j := 0; j < 1000; j++ {
			go all.Done()
		}
		all.Wait()
	}
}

func giveTurns(n int) {
	for i := 0; i < n; i++ {
		runtime.Gosched()
	}
}

func yield100() {
	var all sync.WaitGroup
	all.Add(100)
	for i := 0; i < 100; i++ {
		go func() {
			giveTurns(steps / 100)
			all.Done()
		}()
	}
	all.Wait()
}

func yield1() {
	giveTurns(steps)
}

func printRow(name string, round func()) {
	least := math.Inf(1)
	for i := 0; i < rounds; i++ {
		runtime.GC()
		start := cpuNs()
		round()
		least = math.Min(least, cpuNs()-start)
	}
	fmt.Printf("%s\t%.2f\n", name, least/steps)
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	printRow("spawn_join", spawnJoin)
	printRow("spawn_join_1000", spawnJoin1000)
	printRow("yield_100", yield100)
	printRow("yield_1", yield1)
}
