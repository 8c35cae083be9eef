// Echo and proxy, a goroutine for each direction of a connection, on one processor.
//
//	servers echo PORT | proxy PORT TARGET
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
)

const bufferBytes = 16 << 10

func echo(near net.Conn) {
	defer near.Close()
	buffer := make([]byte, bufferBytes)
	for {
		n, err := near.Read(buffer)
		if err != nil {
			return
		}
		if _, err := near.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// Between two sockets io.Copy splices.
func pass(to, from net.Conn, done chan<- struct{}) {
	io.Copy(to, from)
	to.(*net.TCPConn).CloseWrite()
	done <- struct{}{}
}

func proxy(near net.Conn, target string) {
	defer near.Close()
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	done := make(chan struct{}, 2)
	go pass(far, near, done)
	go pass(near, far, done)
	<-done
	<-done
}

func serve(port string, handle func(net.Conn)) {
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
		os.Exit(1)
	}
	for {
		if near, err := listener.Accept(); err == nil {
			go handle(near)
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	switch {
	case len(os.Args) == 3 && os.Args[1] == "echo":
		serve(os.Args[2], echo)
	case len(os.Args) == 4 && os.Args[1] == "proxy":
		target := "127.0.0.1:" + os.Args[3]
		serve(os.Args[2], func(near net.Conn) { proxy(near, target) })
	default:
		fmt.Fprintln(os.Stderr, "usage: servers echo PORT | proxy PORT TARGET")
		os.Exit(2)
	}
}
