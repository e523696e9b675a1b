package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"math"
	"slices"

	"bookshop"
	"bookshop/rapace"
)

const (
	// firstOrderAt is when the first order was placed, in seconds since 1970: 1 January 2025, 00:00 UTC.
	firstOrderAt = 1_735_689_600
	// orderEvery are the seconds between two orders, and ten times those between two events of one order.
	orderEvery = 600
)

func (s *shop) Place(_ context.Context, order bookshop.NewOrder) (bookshop.PlaceOutcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []bookshop.OrderLine
	taken := map[bookshop.Isbn]uint32{}
	for _, line := range order.Lines {
		isbn, copies := line.V0, line.V1
		book := s.books[isbn]
		if book == nil {
			return bookshop.PlaceOutcomeUnknownBook{Value: isbn}, nil
		}
		if len(lines) > 0 && lines[0].Price.Currency != book.Price.Currency {
			return bookshop.PlaceOutcomeMixedCurrencies{Field0: lines[0].Price.Currency, Field1: book.Price.Currency}, nil
		}
		left := copiesOf(book.Availability)
		taken[isbn] = saturated(uint64(taken[isbn]) + uint64(copies))
		if taken[isbn] > left {
			return bookshop.PlaceOutcomeOutOfStock{Isbn: isbn, Left: left}, nil
		}
		lines = append(lines, bookshop.OrderLine{Isbn: isbn, Copies: copies, Price: book.Price})
	}
	if len(lines) == 0 {
		return bookshop.PlaceOutcomeEmpty{}, nil
	}
	for isbn, copies := range taken {
		book := s.books[isbn]
		book.Availability = withLess(book.Availability, copies)
		book.Sold += min(uint64(copies), math.MaxUint64-book.Sold)
	}
	id := uint64(1)
	for last := range s.orders {
		id = max(id, last+1)
	}
	placed := &bookshop.Order{
		ID:       id,
		Customer: order.Customer,
		Lines:    lines,
		Total:    bookshop.Money{Currency: lines[0].Price.Currency},
		Status:   bookshop.OrderStatusPlaced{},
		Note:     order.Note,
		Placed:   placedAt(id),
	}
	placed.Total.Minor = priceOf(placed)
	s.orders[id] = placed
	return bookshop.PlaceOutcomePlaced{Value: *placed}, nil
}

func (s *shop) History(_ context.Context, customer, offset uint64, limit uint32) (bookshop.PageOfOrder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var orders []bookshop.Order
	for _, id := range slices.Sorted(maps.Keys(s.orders)) {
		if order := s.orders[id]; order.Customer == customer {
			orders = append(orders, *order)
		}
	}
	items, total, next := page(orders, offset, limit)
	return bookshop.PageOfOrder{Items: items, Total: total, Next: next}, nil
}

func (s *shop) Watch(ctx context.Context, order uint64, everyMs uint32) iter.Seq2[bookshop.OrderEvent, error] {
	return func(yield func(bookshop.OrderEvent, error) bool) {
		events, err := s.eventsOf(order)
		for _, event := range events {
			if !pause(ctx, everyMs) || !yield(event, nil) {
				return
			}
		}
		if err != nil && (len(events) == 0 || pause(ctx, everyMs)) {
			yield(bookshop.OrderEvent{}, err)
		}
	}
}

// eventsOf returns what has happened to an order so far, and the error that ends the stream of that.
func (s *shop) eventsOf(id uint64) ([]bookshop.OrderEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := s.orders[id]
	if order == nil {
		return nil, rapace.Errorf(rapace.CodeNotFound, "no order %d", id)
	}
	history := []bookshop.OrderStatus{bookshop.OrderStatusPlaced{}}
	var err error
	switch order.Status.(type) {
	case bookshop.OrderStatusShipped:
		history = append(history, packed(order), order.Status)
	case bookshop.OrderStatusPacked:
		history = append(history, order.Status)
	case bookshop.OrderStatusCancelled:
		err = rapace.Errorf(rapace.CodeAborted, "order %d was cancelled", id)
	}
	var events []bookshop.OrderEvent
	for i, status := range history {
		events = append(events, bookshop.OrderEvent{
			Sequence: uint32(i + 1),
			At:       order.Placed + int64(i)*orderEvery/10,
			Status:   status,
		})
	}
	return events, err
}

// packed returns how an order is packed: a parcel for each line.
func packed(order *bookshop.Order) bookshop.OrderStatus {
	grams := make([]uint32, len(order.Lines))
	for i, line := range order.Lines {
		grams[i] = saturated(uint64(line.Copies) * 500)
	}
	return bookshop.OrderStatusPacked{Parcels: uint8(min(len(order.Lines), math.MaxUint8)), Grams: grams}
}

func (s *shop) Cancel(_ context.Context, id uint64) (bookshop.CancelOutcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := s.orders[id]
	if order == nil {
		return bookshop.CancelOutcomeUnknownOrder{}, nil
	}
	if _, ok := order.Status.(bookshop.OrderStatusPlaced); !ok {
		return bookshop.CancelOutcomeTooLate{Value: order.Status}, nil
	}
	order.Status = bookshop.OrderStatusCancelled{}
	for _, line := range order.Lines {
		if book := s.books[line.Isbn]; book != nil {
			book.Availability = withMore(book.Availability, line.Copies)
			book.Sold -= min(uint64(line.Copies), book.Sold)
		}
	}
	return bookshop.CancelOutcomeCancelled{Refund: bookshop.Money{Minor: -order.Total.Minor, Currency: order.Total.Currency}}, nil
}

func (s *shop) Amend(_ context.Context, id uint64, change bookshop.Amendment) (*bookshop.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := s.orders[id]
	if order == nil {
		return nil, nil
	}
	if note, ok := change.Note.Get(); ok {
		order.Note = note
	}
	if discount, ok := change.Discount.Get(); ok {
		if discount != nil {
			percent := min(*discount, 100)
			discount = &percent
		}
		order.Discount = discount
		order.Total.Minor = priceOf(order)
	}
	if change.Gift != nil {
		order.Gift = *change.Gift
	}
	amended := *order
	return &amended, nil
}

func (s *shop) Touch(context.Context) error { return nil }

func (s *shop) Heartbeats(ctx context.Context, count, everyMs uint32) iter.Seq2[struct{}, error] {
	return func(yield func(struct{}, error) bool) {
		for range count {
			if !pause(ctx, everyMs) || !yield(struct{}{}, nil) {
				return
			}
		}
	}
}

func (s *shop) Totals(context.Context) (map[bookshop.Currency]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	totals := map[bookshop.Currency]int64{}
	for _, order := range s.orders {
		if _, ok := order.Status.(bookshop.OrderStatusCancelled); !ok {
			totals[order.Total.Currency] += order.Total.Minor
		}
	}
	return totals, nil
}

func (s *shop) Audit(_ context.Context, f bookshop.Figures) (bookshop.Audit, error) {
	// FNV-1a over the decimal digits of the integers, each followed by a space.
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%d %d %d %d %v %d %d %d %d %v ", f.Tiny, f.Small, f.Medium, f.Large, f.Huge,
		f.TinyCount, f.SmallCount, f.MediumCount, f.LargeCount, f.HugeCount)
	return bookshop.Audit{Figures: f, Checksum: hash.Sum64()}, nil
}

// priceOf returns what an order costs in its currency's smallest unit, the discount taken off and rounded in the shop's
// favour.
func priceOf(order *bookshop.Order) int64 {
	full := int64(0)
	for _, line := range order.Lines {
		full += line.Price.Minor * int64(line.Copies)
	}
	if order.Discount == nil {
		return full
	}
	return full - full*int64(*order.Discount)/100
}

// placedAt returns when the order with this number was placed, in seconds since 1970.
func placedAt(order uint64) int64 {
	return firstOrderAt + (int64(order)-1)*orderEvery
}

// copiesOf returns how many copies can be had at once.
func copiesOf(availability bookshop.Availability) uint32 {
	if stock, ok := availability.(bookshop.AvailabilityInStock); ok {
		return stock.Value
	}
	return 0
}

// withMore returns the availability with so many copies more. None leave a book that is not out yet as it is.
func withMore(availability bookshop.Availability, copies uint32) bookshop.Availability {
	if copies == 0 {
		return availability
	}
	return bookshop.AvailabilityInStock{Value: saturated(uint64(copiesOf(availability)) + uint64(copies))}
}

// withLess returns the availability without so many copies, of which there must be enough.
func withLess(availability bookshop.Availability, copies uint32) bookshop.Availability {
	if copies == 0 {
		return availability
	}
	if left := copiesOf(availability) - copies; left > 0 {
		return bookshop.AvailabilityInStock{Value: left}
	}
	return bookshop.AvailabilitySoldOut{}
}

// saturated returns the number, or the greatest one of 32 bits.
func saturated(number uint64) uint32 {
	return uint32(min(number, math.MaxUint32))
}
