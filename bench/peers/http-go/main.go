// net/http on one processor: hello PORT. /echo gives the body back, anything else is greeted.
package main

import (
	"io"
	"net/http"
	"os"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(1)
	hello := []byte("Hello, World!")
	err := http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/echo" {
			io.Copy(w, r.Body)
			return
		}
		w.Header()["Content-Type"] = []string{"text/plain"}
		w.Write(hello)
	}))
	panic(err)
}
