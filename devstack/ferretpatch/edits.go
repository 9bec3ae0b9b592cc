package main

import _ "embed"

//go:embed added/backends_id_pushdown.go.txt
var backendsPushdown string

//go:embed added/sqlite_id_pushdown.go.txt
var sqlitePushdown string

// edits make queries and updates by _id use an index. FerretDB's unique index
// is built on another expression than its queries ask for, so SQLite reads the
// whole table for each of them; and _id reaches SQLite only when a filter holds
// nothing else, which no conditional update does.
var edits = []edit{
	{
		why: "the conditions on _id that a backend may apply", times: 1,
		file: "internal/backends/id_pushdown.go",
		new:  backendsPushdown,
	},
	{
		why: "the SQL of the conditions on _id", times: 1,
		file: "internal/backends/sqlite/id_pushdown.go",
		new:  sqlitePushdown,
	},
	{
		why: "_id is asked for by the expression that its unique index has", times: 1,
		file: "internal/backends/sqlite/metadata/metadata.go",
		old:  "	IDColumn = DefaultColumn + \"->'$._id'\"\n",
		new: "	IDColumn = DefaultColumn + `->\"_id\"`\n\n" +
			"	// IDTextColumn is _id without quotes and escapes: its order is the order of strings.\n" +
			"	IDTextColumn = DefaultColumn + `->>'_id'`\n",
	},
	{
		why: "a second index, by the text of _id, is created with each collection", times: 1,
		file: "internal/backends/sqlite/metadata/registry.go",
		old: `	if err != nil {
		_, _ = r.collectionDrop(ctx, dbName, collectionName)
		return false, lazyerrors.Error(err)
	}

	return true, nil
}
`,
		new: `	if err == nil {
		_, err = db.ExecContext(ctx, fmt.Sprintf("CREATE INDEX %q ON %q (%s)", tableName+"_ferretdb_id_text", tableName, IDTextColumn))
	}

	if err != nil {
		_, _ = r.collectionDrop(ctx, dbName, collectionName)
		return false, lazyerrors.Error(err)
	}

	return true, nil
}
`,
	},
	{
		why: "queries push _id down whatever else the filter holds", times: 1,
		file: "internal/backends/sqlite/collection.go",
		old: `	var whereClause string
	var args []any

	// that logic should exist in one place
	// TODO https://github.com/FerretDB/FerretDB/issues/3235
	if params.Filter.Len() == 1 {
		v, _ := params.Filter.Get("_id")
		switch v.(type) {
		case string, types.ObjectID:
			whereClause = fmt.Sprintf(` + "` WHERE %s = ?`" + `, metadata.IDColumn)
			args = []any{string(must.NotFail(sjson.MarshalSingleValue(v)))}
		}
	}

	q += whereClause
	q += prepareOrderByClause(params.Sort)
`,
		new: `	whereClause, args := prepareIDWhereClause(params.Filter)

	q += whereClause
	q += prepareOrderByClause(params.Sort)
	q += prepareIDOrderByClause(params.IDOrder)
`,
	},
	{
		why: "explain shows the query that is made", times: 1,
		file: "internal/backends/sqlite/collection.go",
		old: `	var filterPushdown bool
	var whereClause string
	var args []any

	// that logic should exist in one place
	// TODO https://github.com/FerretDB/FerretDB/issues/3235
	if params.Filter.Len() == 1 {
		v, _ := params.Filter.Get("_id")
		switch v.(type) {
		case string, types.ObjectID:
			filterPushdown = true
			whereClause = fmt.Sprintf(` + "` WHERE %s = ?`" + `, metadata.IDColumn)
			args = []any{string(must.NotFail(sjson.MarshalSingleValue(v)))}
		}
	}
`,
		new: `	whereClause, args := prepareIDWhereClause(params.Filter)
	filterPushdown := whereClause != ""
`,
	},
	{
		why: "a query may be sorted by _id in SQLite", times: 1,
		file: "internal/backends/collection.go",
		old: `	Sort   *types.Document
	Limit  int64

	OnlyRecordIDs bool
`,
		new: `	Sort   *types.Document
	Limit  int64

	// IDOrder is what the function IDOrder says of filter and sort.
	IDOrder int64

	OnlyRecordIDs bool
`,
	},
	{
		why: "find asks for the order of _id", times: 1,
		file: "internal/handler/msg_find.go",
		old: `	// Limit pushdown is not applied if:
`,
		new: `	if !h.DisablePushdown {
		qp.IDOrder = backends.IDOrder(params.Filter, params.Sort)
	}

	// Limit pushdown is not applied if:
`,
	},
	{
		why: "find does not read and sort what comes sorted", times: 1,
		file: "internal/handler/msg_find.go",
		old: `	iter, err := common.SortIterator(iter, closer, params.Sort)
`,
		new: `	sort := params.Sort
	if !h.DisablePushdown && backends.IDOrder(params.Filter, sort) != 0 {
		sort = nil
	}

	iter, err := common.SortIterator(iter, closer, sort)
`,
	},
}
