package machine_test

import "fmt"

func ExampleTable_Next() {
	fmt.Println(door.Next("closed", "push"))
	fmt.Println(door.Next("open", "knock"))
	fmt.Println(door.Next("open", "kick"))
	fmt.Println(door.Next("closed", "brick_up"))
	// Output:
	// open <nil>
	// open <nil>
	// open conflict: door: kick cannot happen in open
	// closed not_supported_yet: door: brick_up from closed is not supported yet
}

func ExampleTable_Ended() {
	fmt.Println(door.Ended("open"), door.Ended("bricked_up"))
	// Output: false true
}
