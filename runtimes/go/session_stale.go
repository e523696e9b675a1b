package rapace

// staleChannels are the channels on which frames may still arrive that nobody waits for: those of abandoned calls, of
// tunnels that are over, of refused requests that have more frames. No call is opened on them.
type staleChannels struct {
	set map[uint32]struct{}
	// order has the channels by age. Those that were removed may still be in it.
	order []uint32
	most  int
}

func newStaleChannels(most int) staleChannels {
	return staleChannels{set: make(map[uint32]struct{}), most: most}
}

func (s *staleChannels) has(channel uint32) bool {
	_, ok := s.set[channel]
	return ok
}

// add adds a channel. The oldest make room for later ones.
func (s *staleChannels) add(channel uint32) {
	if s.has(channel) {
		return
	}
	s.set[channel] = struct{}{}
	s.order = append(s.order, channel)
	for len(s.order) > s.most {
		delete(s.set, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *staleChannels) remove(channel uint32) {
	delete(s.set, channel)
}
