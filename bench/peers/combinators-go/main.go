// The Go side of the combinators: rows of bench/items.c as chains of closures, each the next item of
// the one before, and as chains of goroutines with channels of 64 places between them.
//
//	combinators          row, style and nanoseconds an item, the least of all runs
package main

import (
	"fmt"
	"syscall"
)

const (
	runs     = 12
	items    = 60000
	capacity = 64
)

func cpuNs() int64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used.Utime.Nano() + used.Stime.Nano()
}

func scale(x int64) int64   { return x*3 + 1 }
func isEven(x int64) bool   { return x&1 == 0 }
func mixBits(x int64) int64 { return x ^ (x >> 3) }

// ---- closures ----

type next func() (int64, bool)

func counted(from, to int64) next {
	return func() (int64, bool) {
		if from == to {
			return 0, false
		}
		from++
		return from - 1, true
	}
}

// random: as bench/rows_kinds.c draws them.
func random(n int64) next {
	state := uint64(0x2545f4914f6cdd1d)
	return func() (int64, bool) {
		if n == 0 {
			return 0, false
		}
		n--
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return int64(state >> 1), true
	}
}

func mapped(source next, f func(int64) int64) next {
	return func() (int64, bool) {
		x, ok := source()
		if !ok {
			return 0, false
		}
		return f(x), true
	}
}

func filtered(source next, f func(int64) bool) next {
	return func() (int64, bool) {
		for {
			x, ok := source()
			if !ok || f(x) {
				return x, ok
			}
		}
	}
}

func takenWhile(source next, f func(int64) bool) next {
	over := false
	return func() (int64, bool) {
		if over {
			return 0, false
		}
		x, ok := source()
		over = !ok || !f(x)
		return x, !over
	}
}

func scanned(source next) next {
	sum := int64(0)
	return func() (int64, bool) {
		x, ok := source()
		sum += x
		return sum, ok
	}
}

func chained(a, b next) next {
	return func() (int64, bool) {
		if x, ok := a(); ok {
			return x, true
		}
		a = b
		return b()
	}
}

func zipped(a, b next) next {
	return func() (int64, bool) {
		x, ok := a()
		if !ok {
			return 0, false
		}
		y, ok := b()
		return x + y, ok
	}
}

func chunkSums(source next, n int) next {
	return func() (int64, bool) {
		chunk := make([]int64, 0, n)
		for len(chunk) < n {
			x, ok := source()
			if !ok {
				break
			}
			chunk = append(chunk, x)
		}
		sum := int64(0)
		for _, x := range chunk {
			sum += x
		}
		return sum, len(chunk) > 0
	}
}

func flattened(source next, f func(int64) next) next {
	var inner next
	return func() (int64, bool) {
		for {
			if inner != nil {
				if x, ok := inner(); ok {
					return x, true
				}
			}
			x, ok := source()
			if !ok {
				return 0, false
			}
			inner = f(x)
		}
	}
}

func sum(source next) int64 {
	total := int64(0)
	for {
		x, ok := source()
		if !ok {
			return total
		}
		total += x
	}
}

// ---- channels ----

// through runs a stage as a goroutine behind a channel.
func through(source next) next {
	items := make(chan int64, capacity)
	go func() {
		for {
			x, ok := source()
			if !ok {
				close(items)
				return
			}
			items <- x
		}
	}()
	return func() (int64, bool) {
		x, ok := <-items
		return x, ok
	}
}

func merged(a, b next) next {
	items := make(chan int64, capacity)
	done := make(chan bool, 2)
	for _, source := range []next{a, b} {
		go func(source next) {
			for {
				x, ok := source()
				if !ok {
					done <- true
					return
				}
				items <- x
			}
		}(source)
	}
	go func() {
		<-done
		<-done
		close(items)
	}()
	return func() (int64, bool) {
		x, ok := <-items
		return x, ok
	}
}

func ten(x int64) next { return counted(x, x+10) }

var rows = []struct {
	name, style string
	items       int64
	run         func(n int64) int64
}{
	{"map", "closures", items, func(n int64) int64 { return sum(mapped(counted(0, n), scale)) }},
	{"chain4", "closures", items, func(n int64) int64 {
		return sum(mapped(filtered(mapped(counted(0, n), scale), isEven), mixBits))
	}},
	{"random_filter", "closures", items, func(n int64) int64 { return sum(filtered(random(n), isEven)) }},
	{"take_while", "closures", items, func(n int64) int64 {
		return sum(takenWhile(counted(0, n), func(x int64) bool { return x >= 0 }))
	}},
	{"scan", "closures", items, func(n int64) int64 { return sum(scanned(counted(0, n))) }},
	{"chain", "closures", items, func(n int64) int64 { return sum(chained(counted(0, n/2), counted(0, n/2))) }},
	{"zip", "closures", items, func(n int64) int64 { return sum(zipped(counted(0, n), counted(0, n))) }},
	{"chunks64", "closures", items, func(n int64) int64 { return sum(chunkSums(counted(0, n), 64)) }},
	{"flatten10", "closures", items, func(n int64) int64 { return sum(flattened(counted(0, n/10), ten)) }},
	{"map", "channels", items, func(n int64) int64 { return sum(mapped(through(counted(0, n)), scale)) }},
	{"chain4", "channels", items, func(n int64) int64 {
		scaled := through(mapped(through(counted(0, n)), scale))
		return sum(mapped(through(filtered(scaled, isEven)), mixBits))
	}},
	{"merge2", "channels", items, func(n int64) int64 { return sum(merged(counted(0, n/2), counted(0, n/2))) }},
	{"channel", "channels", items, func(n int64) int64 { return sum(through(counted(0, n))) }},
}

var kept int64

func main() {
	for _, row := range rows {
		least := int64(1 << 62)
		for i := 0; i < runs; i++ {
			start := cpuNs()
			for j := 0; j < 10; j++ { // the clock of a process has steps of a microsecond
				kept += row.run(row.items)
			}
			if ns := cpuNs() - start; ns < least {
				least = ns
			}
		}
		fmt.Printf("%s\t%s\t%.3f\n", row.name, row.style, float64(least)/float64(row.items*10))
	}
}
