package frame

import (
	"context"
	"iter"
	"strings"

	"example.com/pluginhello"
	"example.com/pluginhello/rapace"
)

{{block}}
