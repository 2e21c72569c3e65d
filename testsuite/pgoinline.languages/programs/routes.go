// Methods, a closure and a panic: shortest ways over a grid.  The mixing of weights is the hot path; no way leads out
// of the grid.
package main

import (
	"fmt"
	"os"
	"strconv"
)

type grid struct {
	width  int
	weight []uint32
	cost   []uint32
}

func (g *grid) step(from, to int) bool {
	if to < 0 || to >= len(g.cost) {
		g.outside(to)
	}
	next := g.cost[from] + mix(g.weight[to])
	if next < g.cost[to] {
		g.cost[to] = next
		return true
	}
	return false
}

func mix(weight uint32) uint32 {
	for turn := uint32(0); turn < 3; turn++ {
		weight ^= weight >> 16
		weight *= 0x85ebca6b
		if weight > 0xf0000000 {
			weight ^= weight<<5 + turn
		}
		weight ^= weight >> 13
		weight *= 0xc2b2ae35
	}
	return weight%9 + 1
}

func (g *grid) outside(at int) {
	fmt.Println("outside:", at, "of", len(g.cost), mix(uint32(at)))
	panic("outside")
}

func (g *grid) relax() int {
	changes := 0
	try := func(from, to int) {
		if g.step(from, to) {
			changes++
		}
	}
	for at := 0; at < len(g.cost); at++ {
		if at%g.width != g.width-1 {
			try(at, at+1)
		}
		if at+g.width < len(g.cost) {
			try(at, at+g.width)
		}
	}
	return changes
}

func main() {
	rounds := 1
	if len(os.Args) > 1 {
		rounds, _ = strconv.Atoi(os.Args[1])
	}
	g := &grid{width: 40, weight: make([]uint32, 1600), cost: make([]uint32, 1600)}
	for i := range g.weight {
		g.weight[i] = uint32(i * 7919)
	}
	changes := 0
	for round := 0; round < rounds; round++ {
		for i := range g.cost {
			g.cost[i] = 1 << 30
		}
		g.cost[0] = uint32(round)
		for g.relax() != 0 {
			changes++
		}
	}
	fmt.Println(changes, g.cost[len(g.cost)-1])
}
