package core

// SealForTest seals words as an older program has kept them: as plain text.
func SealForTest(e *Engine, key, words []byte) []byte {
	return e.seal.close("words/"+string(messageKeyOf(key).id()), words)
}

// ReplaceEntryForTest puts another entry into the only dead letter, as if this program could read more than the one that
// has made it.
func ReplaceEntryForTest(e *Engine, s Store, entry []byte) {
	err := s.Update(func(tx Tx) error {
		f := &fold{engine: e, tx: tx}
		letters, _, err := f.letters(1, func(letter) bool { return true })
		if err != nil {
			return err
		}
		if err := tx.Delete(bucketDead, letters[0].key.bytes()); err != nil {
			return err
		}
		return f.write(letters[0].key, letters[0].letter, parcel{Entry: entry})
	})
	if err != nil {
		panic(err)
	}
}
