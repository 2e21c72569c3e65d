// pages serves a home page made from a template, and its own CPU profile at /debug/pprof/: Go's loop of
// profile-guided optimisation, with GCC.  With -render N it makes N pages without a network instead, and prints a
// checksum of them.
//
// SPDX-License-Identifier: GPL-3.0-or-later
package main

import (
	"flag"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"strings"
)

// An article of the home page.
type article struct {
	title, summary string
	votes, age     int
}

// page collects the text of a page.
type page struct {
	text []byte
}

func (p *page) add(s string) {
	p.text = append(p.text, s...)
}

// addHTML adds s as the text of an element or attribute.
func (p *page) addHTML(s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '<':
			p.add("&lt;")
		case '>':
			p.add("&gt;")
		case '&':
			p.add("&amp;")
		case '"':
			p.add("&#34;")
		default:
			p.text = append(p.text, c)
		}
	}
}

func (p *page) addNumber(n int) {
	var digits [20]byte
	at := len(digits)
	for {
		at--
		digits[at] = byte('0' + n%10)
		if n /= 10; n == 0 {
			break
		}
	}
	p.text = append(p.text, digits[at:]...)
}

const template = `<!DOCTYPE html>
<html><head><title>{{title}}</title></head><body><h1>Hello, {{name}}!</h1>
<ol>{{articles}}</ol></body></html>
`

// render fills the template: what is between braces is looked up.
func render(p *page, template string, fields map[string]func(*page)) {
	for {
		open := strings.Index(template, "{{")
		if open < 0 {
			break
		}
		p.add(template[:open])
		template = template[open+2:]
		end := strings.Index(template, "}}")
		if end < 0 {
			break
		}
		if field, ok := fields[template[:end]]; ok {
			field(p)
		}
		template = template[end+2:]
	}
	p.add(template)
}

// rank is votes that count the less the older they are.
func rank(a *article) int {
	return 1000 * (a.votes + 1) / (a.age + 2)
}

// best returns the n articles with the highest rank, the highest first.
func best(articles []article, n int) []*article {
	var found []*article
	for i := range articles {
		a := &articles[i]
		at := len(found)
		for at > 0 && rank(found[at-1]) < rank(a) {
			at--
		}
		if at >= n {
			continue
		}
		if len(found) < n {
			found = append(found, nil)
		}
		copy(found[at+1:], found[at:])
		found[at] = a
	}
	return found
}

func home(p *page, articles []article, name string) {
	render(p, template, map[string]func(*page){
		"title": func(p *page) { p.add("Home") },
		"name":  func(p *page) { p.addHTML(name) },
		"articles": func(p *page) {
			for _, a := range best(articles, 20) {
				p.add("<li><h2>")
				p.addHTML(a.title)
				p.add("</h2><p>")
				p.addHTML(a.summary)
				p.add(" (")
				p.addNumber(a.votes)
				p.add(" votes)</p></li>\n")
			}
		},
	})
}

func makeArticles() []article {
	words := strings.Fields(`compilers gardens "why" <code> R&D slow fast profiles the of and letters bridges`)
	articles := make([]article, 1000)
	state := uint32(1)
	next := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>8) % n
	}
	sentence := func(n int) string {
		var s []string
		for i := 0; i < n; i++ {
			s = append(s, words[next(len(words))])
		}
		return strings.Join(s, " ")
	}
	for i := range articles {
		articles[i] = article{sentence(5), sentence(40), next(5000), next(700)}
	}
	return articles
}

func main() {
	address := flag.String("http", "127.0.0.1:8080", "where to listen")
	pages := flag.Int("render", 0, "make `N` pages, don't serve")
	flag.Parse()
	articles := makeArticles()
	if *pages > 0 {
		sum := fnv.New64a()
		for i := 0; i < *pages; i++ {
			var p page
			home(&p, articles, fmt.Sprintf("visitor <%d>", i))
			sum.Write(p.text)
		}
		fmt.Printf("%016x\n", sum.Sum64())
		return
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var p page
		home(&p, articles, r.FormValue("name"))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(p.text)
	})
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	http.Serve(listener, nil)
}
