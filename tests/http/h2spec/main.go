// h2spec against one server: prints what failed and how many passed; exit status 1 where not all did.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/summerwind/h2spec"
	"github.com/summerwind/h2spec/config"
)

func main() {
	host := flag.String("host", "127.0.0.1", "where the server is")
	port := flag.Int("port", 0, "its port")
	tls := flag.Bool("tls", false, "over TLS, whatever its certificate says")
	strict := flag.Bool("strict", false, "also what the RFC only recommends")
	timeout := flag.Duration("timeout", 2*time.Second, "how long an answer may take")
	verbose := flag.Bool("verbose", false, "each frame")
	flag.Parse()

	good, err := h2spec.Run(&config.Config{
		Host:         *host,
		Port:         *port,
		Path:         "/",
		Timeout:      *timeout,
		MaxHeaderLen: 4000,
		Strict:       *strict,
		TLS:          *tls,
		Insecure:     *tls,
		Verbose:      *verbose,
		Sections:     flag.Args(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !good {
		os.Exit(1)
	}
}
