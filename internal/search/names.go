package search

import "strings"

// names numbers things by their names, from 0 on.
type names struct {
	numbers map[string]int32
	list    []string
}

// number returns the number of a name, which it makes where it is new.
func (n *names) number(name string) int32 {
	if i, there := n.numbers[name]; there {
		return i
	}
	if n.numbers == nil {
		n.numbers = map[string]int32{}
	}
	name = strings.Clone(name)
	i := int32(len(n.list))
	n.numbers[name], n.list = i, append(n.list, name)
	return i
}

// find returns the number of a name, or -1.
func (n *names) find(name string) int32 {
	if i, there := n.numbers[name]; there {
		return i
	}
	return -1
}

// members are the products of each of some numbered things.
type members struct{ lists [][]posting }

func (m *members) of(thing int32) []posting {
	if int(thing) >= len(m.lists) {
		return nil
	}
	return m.lists[thing]
}

func (m *members) add(product uint32, things []int32) {
	for _, thing := range things {
		for int(thing) >= len(m.lists) {
			m.lists = append(m.lists, nil)
		}
		m.lists[thing] = insert(m.lists[thing], newPosting(product, 0))
	}
}

func (m *members) remove(product uint32, things []int32) {
	for _, thing := range things {
		m.lists[thing] = without(m.lists[thing], product)
	}
}
