// Package contenttest proves the table of what each messenger shows, cell by cell, and the ways of the things that
// members send, through the whole program: a person does something in his messenger, and what the people in the others
// see is looked at. It knows the program only as something that can be started, and nothing of adapters beside their
// interface.
package contenttest
