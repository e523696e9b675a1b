package rapace

import "math/bits"

// Len takes the number of items of a list, set or map. It fails when so many items of minSize bytes each, which is the
// least that an item takes, are more than the bytes that can be theirs; for items without bytes when they exceed
// [Limits.MaxZeroSizedItems] in all; and when items of this nominal size make the value larger than
// [Limits.MaxDecodedBytes]. So the caller may allocate for what it returns.
func (d *Decoder) Len(minSize int, size uint64) (int, error) {
	start := d.off
	n, err := d.U64()
	if err != nil {
		return 0, err
	}
	if minSize == 0 {
		if n > uint64(d.zeros) {
			return 0, d.refuse(start, "%d items without bytes exceed the limit, of which %d are left", n, d.zeros)
		}
		d.zeros -= int(n)
		return int(n), d.charge(start, n, size)
	}
	// Lists in lists must not claim the same bytes over and over. An item's least size counts the lists in it as empty,
	// so their items have bytes of their own, and what all claims add up to is within the payload.
	rest := min(len(d.buf)-d.off, d.unclaimed)
	if high, least := bits.Mul64(n, uint64(minSize)); high != 0 || least > uint64(rest) {
		if minSize == 1 {
			return 0, d.refuse(start, "length %d exceeds the %d bytes that are left", n, rest)
		}
		return 0, d.refuse(start, "%d items of %d bytes or more exceed the %d bytes that are left", n, minSize, rest)
	}
	d.unclaimed -= int(n) * minSize
	return int(n), d.charge(start, n, size)
}

// Item is called when the item at this index of a list, set or map has been decoded. It fails when nobody waits for the
// value any more.
func (d *Decoder) Item(index int) error {
	if (index+1)%clockItems != 0 {
		return nil
	}
	return d.look()
}

// Enter begins a value of a recursive type, which has this nominal size without the values of recursive types in it. It
// fails at more levels than [Limits.MaxDepth], and when the value becomes larger than [Limits.MaxDecodedBytes].
func (d *Decoder) Enter(size uint64) error {
	if d.depth == 0 {
		return d.refuse(d.off, "the value is nested deeper than the limit")
	}
	d.depth--
	return d.charge(d.off, 1, size)
}

// Leave ends a value of a recursive type.
func (d *Decoder) Leave() { d.depth++ }

// charge counts so many values of this nominal size, whose count or first byte is at start.
func (d *Decoder) charge(start int, n, size uint64) error {
	high, total := bits.Mul64(n, size)
	if high == 0 && total <= uint64(d.room-d.lookAt) {
		d.room -= int64(total)
		return nil
	}
	return d.chargeMuch(start, high, total)
}

// chargeMuch is charge where the limit is exceeded, or the clock is due.
//
//go:noinline
func (d *Decoder) chargeMuch(start int, high, total uint64) error {
	if high != 0 || total > uint64(d.room) {
		return d.refuse(start, "decoded size exceeds the limit of %d bytes", d.limits.MaxDecodedBytes)
	}
	d.room -= int64(total)
	d.lookAt = max(0, d.room-clockBytes)
	return d.look()
}

// look fails when nobody waits for the value any more.
func (d *Decoder) look() error {
	if d.overdue == nil {
		return nil
	}
	return d.overdue()
}
