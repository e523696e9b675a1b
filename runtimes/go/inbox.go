package rapace

// inbox holds items, whose payloads follow one another, and how the exchange ended.
type inbox struct {
	data []byte
	ends []int // where in data each item ends
	done bool
	err  *Error
}

func (b *inbox) put(payload []byte) {
	b.data = append(b.data, payload...)
	b.ends = append(b.ends, len(b.data))
}

func (b *inbox) reset() {
	b.data, b.ends = kept(b.data, keepCallBytes), b.ends[:0]
	if cap(b.ends) > keepItems {
		b.ends = nil
	}
	b.done, b.err = false, nil
}

// kept returns the buffer emptied, or nil when its capacity is more than most bytes.
func kept(buf []byte, most int) []byte {
	if cap(buf) > most {
		return nil
	}
	return buf[:0]
}
