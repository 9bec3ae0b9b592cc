package stripe

import (
	"strconv"
	"strings"
)

// maxAmount is eight digits. docs.stripe.com/api/payment_intents/create#create_payment_intent-amount
const maxAmount = 99_999_999

// minimums are the smallest charges in minor units, and with their keys the
// currencies that the simulator supports. docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
// The page has no row for try: there the amount must be worth the minimum of
// the account's own currency, which stands here as a fixed 10.00.
var minimums = map[string]int64{
	"aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
	"hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
	"ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "try": 1000, "usd": 50,
}

// zeroDecimal currencies have no minor unit. docs.stripe.com/currencies#zero-decimal
var zeroDecimal = map[string]bool{"jpy": true}

// checkMoney: docs.stripe.com/error-codes#amount-too-small, #amount-too-large
func checkMoney(amount int64, currency string) *apiError {
	least, ok := minimums[strings.ToLower(currency)]
	if !ok {
		return badParam("", "currency", "Invalid currency: %s. Stripe currently supports these currencies: aed, aud, bgn, brl, cad, chf, czk, dkk, "+
			"eur, gbp, hkd, huf, inr, jpy, mxn, myr, nok, nzd, pln, ron, sek, sgd, thb, try, usd", currency)
	}
	switch {
	case amount < 1:
		return badParam("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount < least:
		return badParam("amount_too_small", "amount", "Amount must be at least %s", spell(least, currency))
	case amount > maxAmount:
		return badParam("amount_too_large", "amount", "Amount must be no more than %s", spell(maxAmount, currency))
	}
	return nil
}

// display writes an amount as people read it: 1,249.90 TRY, or with Turkish
// marks 1.249,90 TRY.
func display(minor int64, currency string, turkish bool) string {
	number, code, _ := strings.Cut(spell(minor, currency), " ")
	number, cents, hasCents := strings.Cut(number, ".")
	for i := len(number) - 3; i > 0; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	if hasCents {
		number += "." + cents
	}
	if turkish {
		number = strings.NewReplacer(",", ".", ".", ",").Replace(number)
	}
	return number + " " + strings.ToUpper(code)
}

// spell writes an amount for a message: 1249.90 try.
func spell(minor int64, currency string) string {
	if zeroDecimal[strings.ToLower(currency)] {
		return strconv.FormatInt(minor, 10) + " " + strings.ToLower(currency)
	}
	cents := strconv.FormatInt(minor%100, 10)
	return strconv.FormatInt(minor/100, 10) + "." + strings.Repeat("0", 2-len(cents)) + cents + " " + strings.ToLower(currency)
}
