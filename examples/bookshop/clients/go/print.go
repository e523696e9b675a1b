package main

import (
	"bookshop"
	"bookshop/rapace"
	"bufio"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// printer prints the answers: a line or a few for each.
type printer struct {
	*bufio.Writer
}

func (p printer) line(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

func (p printer) failure(err error) {
	var failed *rapace.Error
	if errors.As(err, &failed) && failed.Remote {
		p.line("  failed with code %d: %s", failed.Code, failed.Message)
	} else {
		p.line("  failed: %v", err)
	}
}

func (p printer) book(isbn bookshop.Isbn, book bookshop.Book) {
	var authors []string
	for _, author := range book.Authors {
		authors = append(authors, fmt.Sprintf("%s (%s)", author.Name, optional(author.Born)))
	}
	format := map[bookshop.Format]string{
		bookshop.FormatHardcover: "hardcover",
		bookshop.FormatPaperback: "paperback",
		bookshop.FormatEbook:     "e-book",
	}[book.Format]
	size := book.SizeMm
	rating := "-"
	if book.Rating != nil {
		rating = fmt.Sprintf("%.2f", *book.Rating)
	}
	p.line("find %s: %s", isbn, book.Title)
	p.line("  authors: %s", joined(authors))
	p.line("  format: %s, %d x %d x %d mm, %.3f kg", format, size.V0, size.V1, size.V2, book.WeightKg)
	p.line("  price: %s; %s", money(book.Price), availability(book.Availability))
	p.line("  rating: %s", rating)
	p.line("  published: %d, sold: %d", book.Published, book.Sold)
	p.line("  shelf: %c, signed: %s, mark: %s", book.Shelf, yesNo(book.Signed), hexadecimal(book.Mark[:]))
	p.line("  tags: %s", joined(rapace.SortedKeys(book.Tags)))
	p.line("  translations: %s", counted(book.Translations))
	p.line("  thumbnail: %s", hexadecimal(book.Thumbnail))
	p.line("  union number: %s", book.UnionNumber)
}

func (p printer) category(category bookshop.Category, depth int) {
	p.line("%s%s: %s", strings.Repeat("  ", depth), category.Name, joined(category.Books))
	for _, child := range category.Children {
		p.category(child, depth+1)
	}
}

func (p printer) order(what string, order bookshop.Order) {
	var lines []string
	for _, line := range order.Lines {
		lines = append(lines, fmt.Sprintf("%d x %s at %s", line.Copies, line.Isbn, money(line.Price)))
	}
	note := "-"
	if order.Note != nil {
		note = `"` + *order.Note + `"`
	}
	p.line("%s: number %d of customer %d: %s", what, order.ID, order.Customer, joined(lines))
	p.line("    %s, discount %s, gift %s, %s (%d)",
		money(order.Total), optional(order.Discount), yesNo(order.Gift), status(order.Status), order.Placed)
	p.line("    note: %s", note)
}

func (p printer) figures(f bookshop.Figures) {
	p.line("audit:")
	p.line("  signed: %d %d %d %d %s", f.Tiny, f.Small, f.Medium, f.Large, f.Huge)
	p.line("  unsigned: %d %d %d %d %s", f.TinyCount, f.SmallCount, f.MediumCount, f.LargeCount, f.HugeCount)
	p.line("  shares: %.6f %.6f", f.Share, f.ExactShare)
	p.line("  balanced: %s, initial: %c, remark: \"%s\"", yesNo(f.Balanced), f.Initial, f.Remark)
}

func searchHit(hit bookshop.SearchHit) string {
	var place string
	switch at := hit.Place.(type) {
	case bookshop.PlaceTitle:
		place = "title"
	case bookshop.PlaceAuthor:
		place = "author " + at.Value
	case bookshop.PlaceTag:
		place = fmt.Sprintf("tag %s at %d", at.Name, at.At)
	}
	return fmt.Sprintf("%.2f %s (%s), in %s; %s", hit.Score, hit.Title, hit.Isbn, place, availability(hit.Availability))
}

func availability(availability bookshop.Availability) string {
	switch is := availability.(type) {
	case bookshop.AvailabilityInStock:
		return fmt.Sprintf("%d in stock", is.Value)
	case bookshop.AvailabilityPreorder:
		deposit := "-"
		if is.Deposit != nil {
			deposit = money(*is.Deposit)
		}
		return fmt.Sprintf("ships in %d days, deposit %s", is.ShipsInDays, deposit)
	default:
		return "sold out"
	}
}

func status(status bookshop.OrderStatus) string {
	switch is := status.(type) {
	case bookshop.OrderStatusPacked:
		return fmt.Sprintf("packed in %d parcels of %s g", is.Parcels, joined(is.Grams))
	case bookshop.OrderStatusShipped:
		return fmt.Sprintf("shipped by %s as %d", is.Field0, is.Field1)
	case bookshop.OrderStatusCancelled:
		return "cancelled"
	default:
		return "placed"
	}
}

func money(money bookshop.Money) string {
	return fmt.Sprintf("%d %s", money.Minor, code(money.Currency))
}

func code(currency bookshop.Currency) string {
	return strings.ToUpper(currency.String())
}

func yesNo(value bool) string {
	if value {
		return "yes"
	}
	return "no"
}

// optional returns the value, or - for none.
func optional[T any](value *T) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprint(*value)
}

// joined returns the items with commas between them, or - for none.
func joined[T any](items []T) string {
	if len(items) == 0 {
		return "-"
	}
	var texts []string
	for _, item := range items {
		texts = append(texts, fmt.Sprint(item))
	}
	return strings.Join(texts, ", ")
}

// counted returns the entries as key=value, sorted by key, with commas between them, or - for none.
func counted[K cmp.Ordered, V any](entries map[K]V) string {
	var texts []string
	for _, key := range rapace.SortedKeys(entries) {
		texts = append(texts, fmt.Sprintf("%v=%v", key, entries[key]))
	}
	return joined(texts)
}

// hexadecimal returns the bytes in hexadecimal, or - for none.
func hexadecimal(bytes []byte) string {
	if len(bytes) == 0 {
		return "-"
	}
	return hex.EncodeToString(bytes)
}
