package rapace

import (
	"bytes"
	"fmt"
	"slices"
)

// isNone reads or writes an option that has no value, which is null, and returns false when there is one.
func (j *JSON) isNone(some bool) bool {
	if j.err != nil {
		return true
	}
	if !j.reads {
		if !some {
			j.out = append(j.out, "null"...)
		}
		return !some
	}
	if j.in == nil {
		return true
	}
	object, _ := j.in.(map[string]any)
	if _, ok := object["some"]; !ok || len(object) != 1 {
		j.expected(`null or {"some": ...}`)
		return true
	}
	return false
}

// jsonSome reads or writes the value of an option that has one: {"some": value}.
func jsonSome[T any](j *JSON, v *T, item func(*JSON, *T)) {
	j.enter('{')
	if j.err == nil {
		jsonEntry(j, "some", v, item)
		j.leave('}')
	}
}

// JSONPointer reads or writes an option that is a pointer.
func JSONPointer[T any](j *JSON, v **T, item func(*JSON, *T)) {
	if j.isNone(*v != nil) {
		return
	}
	if j.reads {
		*v = new(T)
	}
	jsonSome(j, *v, item)
}

// JSONInterface reads or writes an option that is an interface: of an enum with data.
func JSONInterface[T any](j *JSON, v *T, item func(*JSON, *T)) {
	if !j.isNone(any(*v) != nil) {
		jsonSome(j, v, item)
	}
}

// JSONOption reads or writes an [Option].
func JSONOption[T any](j *JSON, v *Option[T], item func(*JSON, *T)) {
	if !j.isNone(v.Some) {
		v.Some = true
		jsonSome(j, &v.Value, item)
	}
}

// items begins the items of a list, and returns those that are read.
func (j *JSON) items() []any {
	items, ok := j.in.([]any)
	if j.reads && !ok {
		j.expected("an array")
		return nil
	}
	j.enter('[')
	return items
}

// jsonEach reads or writes n items.
func jsonEach(j *JSON, n int, each func(i int)) {
	outer := j.in
	for i := 0; i < n && j.err == nil; i++ {
		if j.reads {
			j.in = outer.([]any)[i]
		} else {
			j.comma()
		}
		each(i)
		if j.err != nil {
			j.within(fmt.Sprintf("[%d]", i))
		}
	}
	j.in = outer
	if j.err == nil {
		j.leave(']')
	}
}

// JSONList reads or writes a list.
func JSONList[S ~[]T, T any](j *JSON, v *S, item func(*JSON, *T)) {
	if j.err != nil {
		return
	}
	if items := j.items(); j.reads {
		*v = make(S, len(items))
	}
	jsonEach(j, len(*v), func(i int) { item(j, &(*v)[i]) })
}

// JSONArray reads or writes the items of an array.
func JSONArray[T any](j *JSON, v []T, item func(*JSON, *T)) {
	j.BeginArray(len(v))
	if j.err == nil {
		jsonEach(j, len(v), func(i int) { item(j, &v[i]) })
	}
}

// JSONSet reads or writes a set. Its items are written in the order of their JSON forms.
func JSONSet[S ~map[T]struct{}, T comparable](j *JSON, v *S, item func(*JSON, *T)) {
	if j.err != nil {
		return
	}
	items := j.items()
	if j.reads {
		*v = make(S, len(items))
		jsonEach(j, len(items), func(int) {
			var one T
			item(j, &one)
			(*v)[one] = struct{}{}
		})
		return
	}
	jsonSorted(j, func(yield func(func())) {
		for one := range *v {
			yield(func() { item(j, &one) })
		}
	})
}

// JSONMap reads or writes a map: an array of [key, value], in the order of their JSON forms.
func JSONMap[M ~map[K]V, K comparable, V any](j *JSON, v *M, key func(*JSON, *K), value func(*JSON, *V)) {
	if j.err != nil {
		return
	}
	items := j.items()
	if j.reads {
		*v = make(M, len(items))
		jsonEach(j, len(items), func(int) {
			var entry Entry[K, V]
			jsonPair(j, &entry, key, value)
			(*v)[entry.Key] = entry.Value
		})
		return
	}
	jsonSorted(j, func(yield func(func())) {
		for k, v := range *v {
			yield(func() { jsonPair(j, &Entry[K, V]{k, v}, key, value) })
		}
	})
}

// JSONEntries reads or writes a map that is a slice of entries.
func JSONEntries[S ~[]Entry[K, V], K, V any](j *JSON, v *S, key func(*JSON, *K), value func(*JSON, *V)) {
	JSONList(j, v, func(j *JSON, entry *Entry[K, V]) { jsonPair(j, entry, key, value) })
}

func jsonPair[K, V any](j *JSON, entry *Entry[K, V], key func(*JSON, *K), value func(*JSON, *V)) {
	j.BeginArray(2)
	JSONItem(j, 0, &entry.Key, key)
	JSONItem(j, 1, &entry.Value, value)
	j.EndArray()
}

// jsonSorted writes the items of which each is written by a function, in the order of their forms, and the end of the array.
func jsonSorted(j *JSON, items func(yield func(write func()))) {
	out := j.out
	var forms [][]byte
	items(func(write func()) {
		j.out = nil
		if j.err == nil {
			write()
		}
		forms = append(forms, j.out)
	})
	slices.SortFunc(forms, bytes.Compare)
	j.out = append(out, bytes.Join(forms, []byte(","))...)
	if j.err == nil {
		j.leave(']')
	}
}

// JSONAs reads or writes a value in the form of another, into which it is converted.
func JSONAs[T, W any](
	j *JSON, v *T, wire func(*JSON, *W), from func(W) (T, error), to func(T) (W, error),
) {
	if j.err != nil {
		return
	}
	var value W
	var err error
	if j.reads {
		wire(j, &value)
		if j.err == nil {
			*v, err = from(value)
		}
	} else if value, err = to(*v); err == nil {
		wire(j, &value)
	}
	if err != nil {
		j.Refuse("%s", err.Error())
	}
}
