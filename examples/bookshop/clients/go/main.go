// Command bookshop-client calls every method of the bookshop at the given address, and prints what it answers: the same
// bytes as Rust's own client.
package main

import (
	"bookshop"
	"bookshop/rapace"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"
)

const (
	isbnC        bookshop.Isbn = "978-0-13-110362-7"
	isbnRust     bookshop.Isbn = "978-1-7185-0310-6"
	isbnTrommel  bookshop.Isbn = "978-3-423-11821-7"
	isbnNeko     bookshop.Isbn = "978-4-10-101001-2"
	isbnOvid     bookshop.Isbn = "978-0-14-044789-7"
	isbnAlmanac  bookshop.Isbn = "979-8-00-000001-1"
	isbnRecalled bookshop.Isbn = "978-0-00-000666-3"
	isbnUnknown  bookshop.Isbn = "000-0-00-000000-0"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bookshop-client ADDR")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string, to io.Writer) error {
	conn, err := rapace.Dial(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	out := printer{bufio.NewWriter(to)}
	defer out.Flush()
	catalog := bookshop.NewCatalogClient(conn)
	for _, part := range []func(context.Context, printer, bookshop.CatalogClient) error{
		browse, search, lookInside, restock,
	} {
		if err := part(ctx, out, catalog); err != nil {
			return err
		}
	}
	orders := bookshop.NewOrdersClient(conn)
	for _, part := range []func(context.Context, printer, bookshop.OrdersClient) error{order, change, watch} {
		if err := part(ctx, out, orders); err != nil {
			return err
		}
	}
	return nil
}

func browse(ctx context.Context, out printer, catalog bookshop.CatalogClient) error {
	greeting, err := catalog.Greeting(ctx)
	if err != nil {
		return err
	}
	out.line("greeting: %s", greeting)

	for _, isbn := range []bookshop.Isbn{
		isbnC, isbnRust, isbnTrommel, isbnNeko, isbnOvid, isbnAlmanac, isbnRecalled, isbnUnknown,
	} {
		outcome, err := catalog.Find(ctx, isbn)
		if err != nil {
			return err
		}
		switch outcome := outcome.(type) {
		case bookshop.FindOutcomeFound:
			out.book(isbn, outcome.Value)
		case bookshop.FindOutcomeNotFound:
			out.line("find %s: not found", isbn)
		case bookshop.FindOutcomeWithdrawn:
			out.line("find %s: withdrawn since %d: %s", isbn, outcome.Since, outcome.Reason)
		}
	}

	for _, q := range []struct {
		category *string
		offset   uint64
		limit    uint32
	}{
		{nil, 0, 4},
		{nil, 4, 4},
		{rapace.Ptr("Literature"), 0, 1},
		{rapace.Ptr("Nothing"), 0, 10},
		{nil, math.MaxUint64, math.MaxUint32},
	} {
		page, err := catalog.List(ctx, q.category, q.offset, q.limit)
		if err != nil {
			return err
		}
		var isbns []bookshop.Isbn
		for _, book := range page.Items {
			isbns = append(isbns, book.Isbn)
		}
		out.line("list %s %d %d: %s; total %d, next %s",
			optional(q.category), q.offset, q.limit, joined(isbns), page.Total, optional(page.Next))
	}
	return nil
}

func search(ctx context.Context, out printer, catalog bookshop.CatalogClient) error {
	categories, err := catalog.Categories(ctx)
	if err != nil {
		return err
	}
	out.line("categories:")
	out.category(categories, 1)

	for _, q := range []struct {
		text  string
		limit uint32
	}{{"PROGRAMMING", 10}, {"ritchie", 10}, {"NOVEL", 1}, {"猫", 10}, {"", 1}} {
		out.line("search %q %d:", q.text, q.limit)
		for hit, err := range catalog.Search(ctx, q.text, q.limit) {
			if err != nil {
				out.failure(err)
				break
			}
			out.line("  %s", searchHit(hit))
		}
	}

	out.line("newest:")
	for book, err := range catalog.Newest(ctx) {
		if err != nil {
			return err
		}
		out.line("  %d %s", book.Published, book.Title)
	}
	return nil
}

func lookInside(ctx context.Context, out printer, catalog bookshop.CatalogClient) error {
	for _, isbn := range []bookshop.Isbn{isbnRust, isbnOvid, isbnUnknown} {
		cover, err := catalog.Cover(ctx, isbn)
		if err != nil {
			return err
		}
		if picture, ok := cover.Get(); ok {
			out.line("cover %s: %d bytes, %s", isbn, len(picture), hexadecimal(picture))
		} else {
			out.line("cover %s: -", isbn)
		}
	}

	scan, err := catalog.Scan(ctx, isbnC, 5)
	if err != nil {
		return err
	}
	out.line("scan %s 5: %s", isbnC, hexadecimal(scan))
	if scan, err = catalog.Scan(ctx, isbnRust, 200_000); err != nil {
		return err
	}
	var sum uint64
	for _, b := range scan {
		sum += uint64(b)
	}
	out.line("scan %s 200000: %d bytes, sum %d", isbnRust, len(scan), sum)

	for _, isbns := range []rapace.Set[bookshop.Isbn]{
		rapace.NewSet(isbnC, isbnTrommel, isbnOvid, isbnUnknown),
		nil,
	} {
		stock, err := catalog.Stock(ctx, isbns)
		if err != nil {
			return err
		}
		out.line("stock: %s", counted(stock))
	}

	return nil
}

func restock(ctx context.Context, out printer, catalog bookshop.CatalogClient) error {
	for _, q := range []struct {
		isbn            bookshop.Isbn
		copies, afterMs uint32
	}{{isbnTrommel, 2, 5}, {isbnOvid, 1, 0}, {isbnUnknown, 1, 0}} {
		left, err := catalog.Restock(ctx, q.isbn, q.copies, q.afterMs)
		if err != nil {
			return err
		}
		out.line("restock %s %d: %s", q.isbn, q.copies, optional(left))
	}

	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	left, err := catalog.Restock(soon, isbnC, 0, 60_000)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		out.line("restock %s slowly: timed out", isbnC)
	case err != nil:
		return err
	default:
		out.line("restock %s slowly: %s", isbnC, optional(left))
	}

	// All on one connection, at once.
	answers := make([]*uint32, 100)
	failures := make([]error, len(answers))
	var calls sync.WaitGroup
	for n := range answers {
		calls.Go(func() {
			answers[n], failures[n] = catalog.Restock(ctx, isbnNeko, 0, uint32(n%10))
		})
	}
	calls.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	agree := 0
	for _, left := range answers {
		if left != nil && *left == 5 {
			agree++
		}
	}
	out.line("restock %s at once: %d of %d agree", isbnNeko, agree, len(answers))

	out.line("ticker, stopped after 3:")
	left3 := 3
	for tick, err := range catalog.Ticker(ctx, 1) {
		if err != nil {
			return err
		}
		out.line("  %d", tick)
		if left3--; left3 == 0 {
			break
		}
	}
	return nil
}

func order(ctx context.Context, out printer, orders bookshop.OrdersClient) error {
	type line = rapace.Tuple2[bookshop.Isbn, uint32]
	for _, lines := range [][]line{
		{{V0: isbnRust, V1: 2}, {V0: isbnC, V1: 1}},
		{},
		{{V0: isbnUnknown, V1: 1}},
		{{V0: isbnC, V1: 1}, {V0: isbnC, V1: 2}},
		{{V0: isbnRust, V1: 1}, {V0: isbnNeko, V1: 1}},
	} {
		var pairs []string
		for _, line := range lines {
			pairs = append(pairs, fmt.Sprintf("%s=%d", line.V0, line.V1))
		}
		wanted := joined(pairs)
		outcome, err := orders.Place(ctx, bookshop.NewOrder{
			Customer: 42,
			Lines:    lines,
			Note:     rapace.Ptr("für Zoë 🎁"),
			Terms:    bookshop.TermsAccepted{},
		})
		if err != nil {
			return err
		}
		switch outcome := outcome.(type) {
		case bookshop.PlaceOutcomePlaced:
			out.order("place "+wanted, outcome.Value)
		case bookshop.PlaceOutcomeEmpty:
			out.line("place %s: empty", wanted)
		case bookshop.PlaceOutcomeUnknownBook:
			out.line("place %s: unknown book %s", wanted, outcome.Value)
		case bookshop.PlaceOutcomeOutOfStock:
			out.line("place %s: out of stock: %s, %d left", wanted, outcome.Isbn, outcome.Left)
		case bookshop.PlaceOutcomeMixedCurrencies:
			out.line("place %s: %s and %s do not mix", wanted, code(outcome.Field0), code(outcome.Field1))
		}
	}

	for _, q := range []struct {
		customer, offset uint64
		limit            uint32
	}{{7, 0, 1}, {7, 1, 10}, {math.MaxUint64, 0, 10}, {8, 0, 10}} {
		page, err := orders.History(ctx, q.customer, q.offset, q.limit)
		if err != nil {
			return err
		}
		out.line("history %d %d %d: total %d, next %s", q.customer, q.offset, q.limit, page.Total, optional(page.Next))
		for _, order := range page.Items {
			out.order("  order", order)
		}
	}

	return nil
}

func watch(ctx context.Context, out printer, orders bookshop.OrdersClient) error {
	for _, number := range []uint64{1, 2, 3, 4, 999} {
		out.line("watch %d:", number)
		for event, err := range orders.Watch(ctx, number, 1) {
			if err != nil {
				out.failure(err)
				break
			}
			out.line("  %d at %d: %s", event.Sequence, event.At, status(event.Status))
		}
	}

	if err := orders.Touch(ctx); err != nil {
		return err
	}
	out.line("touch: ok")
	out.line("heartbeats 3:")
	for _, err := range orders.Heartbeats(ctx, 3, 1) {
		if err != nil {
			return err
		}
		out.line("  beat")
	}

	totals, err := orders.Totals(ctx)
	if err != nil {
		return err
	}
	byCode := make(map[string]int64)
	for currency, total := range totals {
		byCode[code(currency)] = total
	}
	out.line("totals: %s", counted(byCode))

	for _, figures := range []bookshop.Figures{lowest, highest} {
		audit, err := orders.Audit(ctx, figures)
		if err != nil {
			return err
		}
		out.figures(audit.Figures)
		out.line("  checksum: %d", audit.Checksum)
	}
	return nil
}

func change(ctx context.Context, out printer, orders bookshop.OrdersClient) error {
	// A field without a value stays as it is. Some(nil) removes what is there.
	keep := bookshop.Amendment{}
	grant := bookshop.Amendment{Discount: rapace.Some(rapace.Ptr[uint32](25)), Gift: rapace.Ptr(true)}
	write := bookshop.Amendment{Note: rapace.Some(rapace.Ptr(""))}
	clear := bookshop.Amendment{
		Note: rapace.Some[*string](nil), Discount: rapace.Some[*uint32](nil), Gift: rapace.Ptr(false),
	}
	for _, q := range []struct {
		what   string
		number uint64
		change bookshop.Amendment
	}{{"keep", 4, keep}, {"grant", 4, grant}, {"write", 4, write}, {"clear", 4, clear}, {"clear", 999, clear}} {
		order, err := orders.Amend(ctx, q.number, q.change)
		if err != nil {
			return err
		}
		if order == nil {
			out.line("amend %d, %s: -", q.number, q.what)
		} else {
			out.order(fmt.Sprintf("amend %d, %s", q.number, q.what), *order)
		}
	}

	for _, number := range []uint64{4, 4, 1, 2, 999} {
		outcome, err := orders.Cancel(ctx, number)
		if err != nil {
			return err
		}
		switch outcome := outcome.(type) {
		case bookshop.CancelOutcomeCancelled:
			out.line("cancel %d: refund %s", number, money(outcome.Refund))
		case bookshop.CancelOutcomeTooLate:
			out.line("cancel %d: too late: %s", number, status(outcome.Value))
		case bookshop.CancelOutcomeUnknownOrder:
			out.line("cancel %d: unknown order", number)
		}
	}
	return nil
}

var lowest = bookshop.Figures{
	Tiny:       math.MinInt8,
	Small:      math.MinInt16,
	Medium:     math.MinInt32,
	Large:      math.MinInt64,
	Huge:       rapace.Int128{Hi: math.MinInt64},
	Share:      -0.1,
	ExactShare: -1234567.890123,
	Initial:    'é',
}

var highest = bookshop.Figures{
	Tiny:        math.MaxInt8,
	Small:       math.MaxInt16,
	Medium:      math.MaxInt32,
	Large:       math.MaxInt64,
	Huge:        rapace.Int128{Hi: math.MaxInt64, Lo: math.MaxUint64},
	TinyCount:   math.MaxUint8,
	SmallCount:  math.MaxUint16,
	MediumCount: math.MaxUint32,
	LargeCount:  math.MaxUint64,
	HugeCount:   rapace.Uint128{Hi: math.MaxUint64, Lo: math.MaxUint64},
	Share:       0.7,
	ExactShare:  2.0 / 3.0,
	Balanced:    true,
	Initial:     '𝄞',
	Remark:      "naïve – 数字 – ارقام – 👩‍🚀",
}
