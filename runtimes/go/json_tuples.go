package rapace

// The tuples' JSON form is an array of their values.

// MarshalJSON returns an array of the values.
func (t Tuple1[A]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple1[A])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple1[A]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple1[A])
}

func jsonTuple1[A any](j *JSON, v *Tuple1[A]) {
	j.BeginArray(1)
	JSONItem(j, 0, &v.V0, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple2[A, B]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple2[A, B])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple2[A, B]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple2[A, B])
}

func jsonTuple2[A, B any](j *JSON, v *Tuple2[A, B]) {
	j.BeginArray(2)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple3[A, B, C]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple3[A, B, C])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple3[A, B, C]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple3[A, B, C])
}

func jsonTuple3[A, B, C any](j *JSON, v *Tuple3[A, B, C]) {
	j.BeginArray(3)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple4[A, B, C, D]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple4[A, B, C, D])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple4[A, B, C, D]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple4[A, B, C, D])
}

func jsonTuple4[A, B, C, D any](j *JSON, v *Tuple4[A, B, C, D]) {
	j.BeginArray(4)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple5[A, B, C, D, E]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple5[A, B, C, D, E])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple5[A, B, C, D, E]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple5[A, B, C, D, E])
}

func jsonTuple5[A, B, C, D, E any](j *JSON, v *Tuple5[A, B, C, D, E]) {
	j.BeginArray(5)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple6[A, B, C, D, E, F]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple6[A, B, C, D, E, F])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple6[A, B, C, D, E, F]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple6[A, B, C, D, E, F])
}

func jsonTuple6[A, B, C, D, E, F any](j *JSON, v *Tuple6[A, B, C, D, E, F]) {
	j.BeginArray(6)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple7[A, B, C, D, E, F, G]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple7[A, B, C, D, E, F, G])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple7[A, B, C, D, E, F, G]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple7[A, B, C, D, E, F, G])
}

func jsonTuple7[A, B, C, D, E, F, G any](j *JSON, v *Tuple7[A, B, C, D, E, F, G]) {
	j.BeginArray(7)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	JSONItem(j, 6, &v.V6, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple8[A, B, C, D, E, F, G, H]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple8[A, B, C, D, E, F, G, H])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple8[A, B, C, D, E, F, G, H]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple8[A, B, C, D, E, F, G, H])
}

func jsonTuple8[A, B, C, D, E, F, G, H any](j *JSON, v *Tuple8[A, B, C, D, E, F, G, H]) {
	j.BeginArray(8)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	JSONItem(j, 6, &v.V6, part)
	JSONItem(j, 7, &v.V7, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple9[A, B, C, D, E, F, G, H, I]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple9[A, B, C, D, E, F, G, H, I])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple9[A, B, C, D, E, F, G, H, I]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple9[A, B, C, D, E, F, G, H, I])
}

func jsonTuple9[A, B, C, D, E, F, G, H, I any](j *JSON, v *Tuple9[A, B, C, D, E, F, G, H, I]) {
	j.BeginArray(9)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	JSONItem(j, 6, &v.V6, part)
	JSONItem(j, 7, &v.V7, part)
	JSONItem(j, 8, &v.V8, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple10[A, B, C, D, E, F, G, H, I, J]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple10[A, B, C, D, E, F, G, H, I, J])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple10[A, B, C, D, E, F, G, H, I, J]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple10[A, B, C, D, E, F, G, H, I, J])
}

func jsonTuple10[A, B, C, D, E, F, G, H, I, J any](j *JSON, v *Tuple10[A, B, C, D, E, F, G, H, I, J]) {
	j.BeginArray(10)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	JSONItem(j, 6, &v.V6, part)
	JSONItem(j, 7, &v.V7, part)
	JSONItem(j, 8, &v.V8, part)
	JSONItem(j, 9, &v.V9, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple11[A, B, C, D, E, F, G, H, I, J, K]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple11[A, B, C, D, E, F, G, H, I, J, K])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple11[A, B, C, D, E, F, G, H, I, J, K]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple11[A, B, C, D, E, F, G, H, I, J, K])
}

func jsonTuple11[A, B, C, D, E, F, G, H, I, J, K any](j *JSON, v *Tuple11[A, B, C, D, E, F, G, H, I, J, K]) {
	j.BeginArray(11)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	JSONItem(j, 6, &v.V6, part)
	JSONItem(j, 7, &v.V7, part)
	JSONItem(j, 8, &v.V8, part)
	JSONItem(j, 9, &v.V9, part)
	JSONItem(j, 10, &v.V10, part)
	j.EndArray()
}

// MarshalJSON returns an array of the values.
func (t Tuple12[A, B, C, D, E, F, G, H, I, J, K, L]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(t, jsonTuple12[A, B, C, D, E, F, G, H, I, J, K, L])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Tuple12[A, B, C, D, E, F, G, H, I, J, K, L]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, t, jsonTuple12[A, B, C, D, E, F, G, H, I, J, K, L])
}

func jsonTuple12[A, B, C, D, E, F, G, H, I, J, K, L any](j *JSON, v *Tuple12[A, B, C, D, E, F, G, H, I, J, K, L]) {
	j.BeginArray(12)
	JSONItem(j, 0, &v.V0, part)
	JSONItem(j, 1, &v.V1, part)
	JSONItem(j, 2, &v.V2, part)
	JSONItem(j, 3, &v.V3, part)
	JSONItem(j, 4, &v.V4, part)
	JSONItem(j, 5, &v.V5, part)
	JSONItem(j, 6, &v.V6, part)
	JSONItem(j, 7, &v.V7, part)
	JSONItem(j, 8, &v.V8, part)
	JSONItem(j, 9, &v.V9, part)
	JSONItem(j, 10, &v.V10, part)
	JSONItem(j, 11, &v.V11, part)
	j.EndArray()
}
