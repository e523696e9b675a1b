package foreign

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"foreign/money"
	"rapace"
	"rapace-codecs/check"
	"rapace-codecs/geo"
)

// What users have in the place of types is theirs: their packages, which import nothing of this one, made it.
var sample = Order{
	Price:  7,
	Total:  Money{Amount: 250, In: "EUR", At: time.UnixMilli(5).UTC()},
	Extra:  &Money{Amount: 1, In: "SEK", Cash: true},
	Way:    []Point{{X: 1, Y: -1}},
	Codes:  []Code{geo.NewCode("A"), geo.NewCode("B")},
	ByCode: []rapace.Entry[Code, uint32]{{Key: geo.NewCode("A"), Value: 3}},
	Tree:   Tree{Value: 1, Branches: []Tree{{Value: 2}}},
	To:     Address{Lines: [6]string{"s", "1", "p", "c", "t", "SE"}},
}

// same compares orders by their JSON form: an empty list is as good as nil.
func same(t *testing.T, got, want any) {
	t.Helper()
	texts := [2]string{}
	for i, value := range []any{got, want} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if texts[0] != texts[1] {
		t.Errorf("%s, want %s", texts[0], texts[1])
	}
}

type shop struct{ UnimplementedOrders }

func (shop) Total(_ context.Context, order Order) (money.Money, error) {
	order.Total.Amount += order.Price
	return order.Total, nil
}

func (shop) Prices(_ context.Context, m Money, code Code) iter.Seq2[Cents, error] {
	return func(yield func(Cents, error) bool) {
		_ = code.String() == "A" && yield(m.Amount, nil) && yield(m.Amount+1, nil)
	}
}

func TestForeignTypesTravel(t *testing.T) {
	conn := rapace.NewHost(ServeOrders(shop{})).MemoryConn()
	defer func() { _ = conn.Close() }()
	client := NewOrdersClient(conn)
	total, err := client.Total(t.Context(), sample)
	want := sample.Total
	want.Amount = 257
	if err != nil || total.Amount != 257 || total.In != "EUR" || !total.At.Equal(want.At) {
		t.Error(total, err)
	}
	var prices []money.Cents
	for price, err := range client.Prices(t.Context(), total, geo.NewCode("A")) {
		if err != nil {
			t.Fatal(err)
		}
		prices = append(prices, price)
	}
	if !reflect.DeepEqual(prices, []money.Cents{257, 258}) {
		t.Error(prices)
	}
	if _, err := client.Total(t.Context(), Order{Price: 1 << 63}); err == nil ||
		err.Error() != "Orders.total: InvalidArgument: cannot encode order.price: an amount is at most 2^63-1" {
		t.Error(err)
	}
}

// The bytes are those of the struct in Rust.
func TestForeignTypesHaveTheBytesOfTheFields(t *testing.T) {
	point := check.ByValue(encodePoint, decodePoint)
	point.BothWays(t, Point{X: 1}, "\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x00")
	amount := check.ByValue(encodeCents, decodeCents)
	amount.BothWays(t, 1, "\x02")
	amount.RefusesToEncode(t, 1<<63, "", "an amount is at most 2^63-1")
	amount.RefusesToDecode(t, "\x01", 0, "", "an amount is not negative")
	whole := check.ByValue(encodeMoney, decodeMoney)
	if got := whole.Encoded(t, Money{Amount: 1, In: "SEK", Cash: true}); string(got) != "\x02\x03SEK\x01\x00\x00" {
		t.Errorf("%q", got)
	}
	whole.RefusesToDecode(t, "\x01\x03SEK\x01\x00\x00", 0, "units", "an amount is not negative")
	whole.RefusesToDecode(t, "\x02\x01S\x01\x00\x00", 0, "", "a currency has three letters")
	whole.RefusesToDecode(t, "\x02\x01\xff\x01\x00\x00", 2, "currency", "the string is not valid UTF-8")
	tree := check.ByValue(encodeTree, decodeTree)
	if got := tree.Encoded(t, sample.Tree); string(got) != "\x01\x01\x02\x00" {
		t.Errorf("%q", got)
	}
}

func TestForeignTypesInJSON(t *testing.T) {
	const form = `{"price":"7","total":{"units":"250","currency":"EUR","type":false,"at":{"some":"5"},"rates":[]},` +
		`"extra":{"some":{"units":"1","currency":"SEK","type":true,"at":null,"rates":[]}},"way":[[1,-1]],"codes":["A","B"],` +
		`"by_code":[["A",3]],"tree":{"value":1,"children":[{"value":2,"children":[]}]},` +
		`"to":{"street":"s","house_number":"1","postal_code":"p","city_or_village":"c","state_or_province":"t","country_code":"SE"}}`
	var back Order
	text, err := json.Marshal(sample)
	if err := errors.Join(err, json.Unmarshal([]byte(form), &back)); err != nil || string(text) != form {
		t.Fatalf("%s, want %s: %v", text, form, err)
	}
	same(t, back, sample)
	wrong := strings.Replace(form, `"price":"7"`, `"price":"-7"`, 1)
	if err := json.Unmarshal([]byte(wrong), &back); err == nil || err.Error() != "price: an amount is not negative" {
		t.Error(err)
	}
}
