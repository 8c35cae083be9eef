// What goroutines on two processors, channels and a pool of workers cost: the rows of bench/par.c, of
// bench/tasks.c with two workers and of bench/channels.c. A row is its name, and with tabs between them
// wall and CPU nanoseconds a step; of a loop those of a split in two halves, and the median of the halves
// over it. The collector runs between the rounds.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"syscall"
	"time"
)

const (
	rounds   = 40
	spawns   = 10_000
	items    = 64 * 1000
	capacity = 64
	chunks   = 64 // jobs for all items of a loop
)

func cpuNs() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Nano() + used.Stime.Nano())
}

func timed(run func()) (wall, cpu float64) {
	runtime.GC()
	begin, before := time.Now(), cpuNs()
	run()
	return float64(time.Since(begin).Nanoseconds()), cpuNs() - before
}

func printRow(name string, processors int, steps float64, run func()) {
	runtime.GOMAXPROCS(processors)
	wall, cpu := math.Inf(1), math.Inf(1)
	for i := 0; i < rounds; i++ {
		took, used := timed(run)
		wall, cpu = math.Min(wall, took), math.Min(cpu, used)
	}
	fmt.Printf("%s\t%.1f\t%.1f\n", name, wall/steps, cpu/steps)
}

// ---- goroutines ----

func spawnJoin() {
	for i := 0; i < spawns; i++ {
		done := make(chan struct{})
		go func() { close(done) }()
		<-done
	}
}

func spawnJoin1000() {
	for i := 0; i < spawns/1000; i++ {
		var all sync.WaitGroup
		all.Add(1000)
		for j := 0; j < 1000; j++ {
			go all.Done()
		}
		all.Wait()
	}
}

func channel() {
	sent := make(chan uint64, capacity)
	go func() {
		for i := uint64(0); i < items; i++ {
			sent <- i
		}
		close(sent)
	}()
	n := 0
	for range sent {
		n++
	}
	if n != items {
		panic("items are lost")
	}
}

// ---- loops ----

var steps uint64

//go:noinline
func work(x uint64) uint64 {
	for i := uint64(0); i < steps; i++ {
		x = (x ^ x>>29) * 6364136223846793005
	}
	return x
}

func part(from, to uint64) (sum uint64) {
	for i := from; i < to; i++ {
		sum += work(i)
	}
	return
}

func inHalves(n uint64) uint64 {
	second := make(chan uint64)
	go func() { second <- part(n/2, n) }()
	return part(0, n/2) + <-second
}

// pool: two workers, jobs and results over channels.
func pool(n uint64) (sum uint64) {
	type job struct{ from, to uint64 }
	jobs, results := make(chan job, chunks), make(chan uint64, chunks)
	for i := 0; i < 2; i++ {
		go func() {
			for j := range jobs {
				results <- part(j.from, j.to)
			}
		}()
	}
	chunk, count := (n+chunks-1)/chunks, 0
	for from := uint64(0); from < n; from += chunk {
		jobs <- job{from, min(n, from+chunk)}
		count++
	}
	close(jobs)
	for ; count > 0; count-- {
		sum += <-results
	}
	return
}

func printBody(name string, n float64, run func(uint64) uint64) {
	wall, cpu, halves := math.Inf(1), math.Inf(1), math.Inf(1)
	var ratios []float64
	for i := 0; i < rounds; i++ {
		var sum, wanted uint64
		took, used := timed(func() { sum = run(uint64(n)) })
		split, _ := timed(func() { wanted = inHalves(uint64(n)) })
		if sum != wanted {
			panic("the sums differ")
		}
		wall, cpu, halves = math.Min(wall, took), math.Min(cpu, used), math.Min(halves, split)
		ratios = append(ratios, split/took)
	}
	sort.Float64s(ratios)
	fmt.Printf("%s\t%.1f\t%.1f\t%.1f\t%.2f\n", name, wall/n, cpu/n, halves/n, ratios[rounds/2])
}

func main() {
	debug.SetGCPercent(-1)
	printRow("spawn_join", 2, spawns, spawnJoin)
	printRow("spawn_join_1000", 2, spawns, spawnJoin1000)
	printRow("channel_1_thread", 1, items, channel)
	printRow("channel_2_threads", 2, items, channel)
	for _, body := range []struct {
		name  string
		steps uint64
		n     float64
	}{{"map_20ns", 24, 400_000}, {"map_1us", 640, 10_000}, {"map_1ms", 640_000, 16}} {
		steps = body.steps
		printBody(body.name, body.n, pool)
	}
}
