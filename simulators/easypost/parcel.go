package easypost

// parcel is what is sent, in ounces and inches, each to one decimal.
// docs.easypost.com/docs/parcels
type parcel struct {
	head
	weight, length, width, height float64
}

// readParcel needs a weight, and all three dimensions or none. More than one
// decimal is refused: what EasyPost rounds it to is unverified.
func (s *Server) readParcel(in params) (*parcel, *apiError) {
	if err := in.only("weight", "length", "width", "height"); err != nil {
		return nil, err
	}
	p := &parcel{head: s.head("prcl_")}
	var sent int
	for _, f := range []struct {
		key  string
		into *float64
	}{{"weight", &p.weight}, {"length", &p.length}, {"width", &p.width}, {"height", &p.height}} {
		n, err := in.number(f.key)
		if err != nil {
			return nil, err
		}
		if in.has(f.key) && (n <= 0 || n > 100_000) {
			return nil, badParcel(in, f.key, "must be greater than 0")
		}
		if decimals(n) > 1 {
			return nil, badParcel(in, f.key, "goes to one decimal point")
		}
		if f.key != "weight" && n > 0 {
			sent++
		}
		*f.into = n
	}
	switch {
	case p.weight == 0:
		return nil, badParcel(in, "weight", "cannot be blank")
	case sent != 0 && sent != 3:
		return nil, badParcel(in, "length", "length, width and height are required together")
	}
	return p, nil
}

func badParcel(in params, key, message string) *apiError {
	return invalid(codeParcel, "Invalid parcel parameters.", field(in.name(key), message))
}

// render: easypost-go tests/cassettes/TestShipmentBuy.yaml.
func (p *parcel) render() object {
	orNil := func(n float64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	return object{
		"id": p.id, "object": "Parcel", "mode": "test", "created_at": stamp(p.born), "updated_at": stamp(p.updated),
		"weight": p.weight, "length": orNil(p.length), "width": orNil(p.width), "height": orNil(p.height), "predefined_package": nil,
	}
}
