package rapace

// incoming is an exchange and what its reader has taken of what has arrived for it.
type incoming struct {
	exchange
	wire *wire // what the exchange is on; nil before it is sent
	// taken is what the reader works on, and next the index of its next item.
	taken inbox
	next  int
}

// item returns the payload of the next item that was taken, and false when there is none left.
func (in *incoming) item() ([]byte, bool) {
	if in.next == len(in.taken.ends) {
		return nil, false
	}
	start := 0
	if in.next > 0 {
		start = in.taken.ends[in.next-1]
	}
	end := in.taken.ends[in.next]
	in.next++
	in.wire.consumed(&in.exchange, int64(end-start+itemOverhead))
	return in.taken.data[start:end], true
}

// swap takes what has arrived, and returns false when that is nothing.
func (in *incoming) swap() bool {
	in.taken.reset()
	in.next = 0
	in.wire.collect(&in.exchange, &in.taken)
	return len(in.taken.ends) > 0 || in.taken.done
}
