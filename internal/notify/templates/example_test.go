package templates_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
)

func ExampleRender() {
	mail, err := templates.Render(templates.Sample(notify.KindShipped, templates.Turkish))
	fmt.Println(mail.Subject, err)

	v := templates.Sample(notify.KindShipped, templates.Turkish)
	v.Name = "Ayşe Yılmaz\r\nBcc: herkes@example.com"
	_, err = templates.Render(v)
	fmt.Println(err)
	// Output:
	// Siparişiniz kargoya verildi · 7KXM-92QD <nil>
	// invalid: Name holds a line break or another control character
}
