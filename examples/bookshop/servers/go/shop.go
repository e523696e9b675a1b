package main

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"bookshop"
	"bookshop/rapace"
)

// maxScanBytes is the longest answer of Scan, in bytes: 32 MiB.
const maxScanBytes = 32 << 20

// shop holds books and orders in memory, the same on every start. Nothing depends on a clock or on chance: equal calls
// in equal order have equal answers. It implements both services.
type shop struct {
	mu         sync.Mutex // guards what follows
	books      map[bookshop.Isbn]*bookshop.Book
	withdrawn  map[bookshop.Isbn]bookshop.FindOutcomeWithdrawn
	covers     map[bookshop.Isbn][]byte
	categories bookshop.Category
	orders     map[uint64]*bookshop.Order
}

var (
	_ bookshop.CatalogHandler = (*shop)(nil)
	_ bookshop.OrdersHandler  = (*shop)(nil)
)

func (s *shop) Greeting(context.Context) (string, error) {
	return "Welcome to the bookshop! Willkommen, ようこそ, bienvenue 📚", nil
}

func (s *shop) Find(_ context.Context, isbn bookshop.Isbn) (bookshop.FindOutcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if book := s.books[isbn]; book != nil {
		return bookshop.FindOutcomeFound{Value: *book}, nil
	}
	if withdrawn, ok := s.withdrawn[isbn]; ok {
		return withdrawn, nil
	}
	return bookshop.FindOutcomeNotFound{}, nil
}

func (s *shop) List(_ context.Context, category *string, offset uint64, limit uint32) (bookshop.PageOfBook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	books := s.sorted()
	if category != nil {
		wanted := rapace.Set[bookshop.Isbn]{}
		if found := named(&s.categories, *category); found != nil {
			collectBooks(found, wanted)
		}
		books = slices.DeleteFunc(books, func(book bookshop.Book) bool {
			_, ok := wanted[book.Isbn]
			return !ok
		})
	}
	items, total, next := page(books, offset, limit)
	return bookshop.PageOfBook{Items: items, Total: total, Next: next}, nil
}

func (s *shop) Categories(context.Context) (bookshop.Category, error) {
	return s.categories, nil // which never changes
}

func (s *shop) Search(_ context.Context, text string, limit uint32) iter.Seq2[bookshop.SearchHit, error] {
	return func(yield func(bookshop.SearchHit, error) bool) {
		if text == "" {
			yield(bookshop.SearchHit{}, rapace.Errorf(rapace.CodeInvalidArgument, "nothing to search for"))
			return
		}
		s.mu.Lock()
		books := s.sorted()
		s.mu.Unlock()
		lower := strings.ToLower(text)
		for _, book := range books {
			hit, ok := searchBook(&book, lower)
			if !ok {
				continue
			}
			if limit == 0 || !yield(hit, nil) {
				return
			}
			limit--
		}
	}
}

func (s *shop) Newest(context.Context) iter.Seq2[bookshop.Book, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	books := s.sorted()
	slices.SortStableFunc(books, func(a, b bookshop.Book) int { return cmp.Compare(b.Published, a.Published) })
	return all(books)
}

func (s *shop) Cover(_ context.Context, isbn bookshop.Isbn) (rapace.Option[[]byte], error) {
	cover, ok := s.covers[isbn]
	return rapace.Option[[]byte]{Value: cover, Some: ok}, nil
}

func (s *shop) Scan(_ context.Context, isbn bookshop.Isbn, bytes uint32) ([]byte, error) {
	scan := make([]byte, min(bytes, maxScanBytes))
	for i := range scan {
		scan[i] = byte(len(isbn) + i*31)
	}
	return scan, nil
}

func (s *shop) Stock(_ context.Context, isbns rapace.Set[bookshop.Isbn]) (map[bookshop.Isbn]uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stock := map[bookshop.Isbn]uint32{}
	for isbn := range isbns {
		if book := s.books[isbn]; book != nil {
			stock[isbn] = copiesOf(book.Availability)
		}
	}
	return stock, nil
}

func (s *shop) Restock(ctx context.Context, isbn bookshop.Isbn, copies, afterMs uint32) (*uint32, error) {
	if !pause(ctx, afterMs) {
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	book := s.books[isbn]
	if book == nil {
		return nil, nil
	}
	if _, ok := book.Availability.(bookshop.AvailabilityPreorder); ok {
		return nil, nil
	}
	book.Availability = withMore(book.Availability, copies)
	left := copiesOf(book.Availability)
	return &left, nil
}

func (s *shop) Ticker(ctx context.Context, everyMs uint32) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		for number := uint64(0); pause(ctx, everyMs) && yield(number, nil); number++ {
		}
	}
}

// sorted returns the books by their numbers. The lock is held.
func (s *shop) sorted() []bookshop.Book {
	books := make([]bookshop.Book, 0, len(s.books))
	for _, isbn := range slices.Sorted(maps.Keys(s.books)) {
		books = append(books, *s.books[isbn])
	}
	return books
}

// named returns the category of this name: this one, one below it, or nil.
func named(category *bookshop.Category, name string) *bookshop.Category {
	if category.Name == name {
		return category
	}
	for i := range category.Children {
		if found := named(&category.Children[i], name); found != nil {
			return found
		}
	}
	return nil
}

// collectBooks adds the books of a category and of all below it.
func collectBooks(category *bookshop.Category, books rapace.Set[bookshop.Isbn]) {
	for _, isbn := range category.Books {
		books[isbn] = struct{}{}
	}
	for i := range category.Children {
		collectBooks(&category.Children[i], books)
	}
}

// searchBook looks for a text in lower case in the title, then the authors, then the tags of a book.
func searchBook(book *bookshop.Book, text string) (bookshop.SearchHit, bool) {
	hit := bookshop.SearchHit{Isbn: book.Isbn, Title: book.Title, Availability: book.Availability}
	if strings.Contains(strings.ToLower(book.Title), text) {
		hit.Score, hit.Place = 1, bookshop.PlaceTitle{}
		return hit, true
	}
	for _, author := range book.Authors {
		if strings.Contains(strings.ToLower(author.Name), text) {
			hit.Score, hit.Place = 0.75, bookshop.PlaceAuthor{Value: author.Name}
			return hit, true
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(book.Tags)) {
		if at := strings.Index(strings.ToLower(tag), text); at >= 0 {
			hit.Score, hit.Place = 0.5, bookshop.PlaceTag{Name: tag, At: uint64(at)}
			return hit, true
		}
	}
	return hit, false
}

// page cuts the page that starts at an offset and has at most limit items out of a list.
func page[T any](list []T, offset uint64, limit uint32) (items []T, total uint64, next *uint64) {
	total = uint64(len(list))
	start := min(offset, total)
	end := min(start+uint64(limit), total)
	if end < total {
		next = &end
	}
	return list[start:end], total, next
}

// all returns a stream of these items.
func all[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// pause waits for so many milliseconds. It returns false when the call is cancelled.
func pause(ctx context.Context, ms uint32) bool {
	if ms == 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return true
	case <-ctx.Done():
		return false
	}
}
