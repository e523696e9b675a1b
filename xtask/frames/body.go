package frame

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/bookshop"
	"example.com/bookshop/rapace"
)

// A block needs some of these.
var (
	_ = errors.Is
	_ = fmt.Println
	_ = time.Second
	_ = bookshop.NewCatalogClient
	_ = rapace.Dial
)

func run(ctx context.Context) error {
	{{block}}
	return nil
}
