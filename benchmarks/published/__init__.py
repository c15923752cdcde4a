"""Models of others, whose numbers of states and steps are published, on our language, reader and kernel.

Source: the TLA+ Examples collection (https://github.com/tlaplus/Examples, commit 32a32c7b0b97), whose
manifest.json files record what TLC counts for each model. Transcribed are those in which two ends exchange
messages: `tcp` and `alternating_bit`. Not transcribed, because more than two processes act in them, or none
sends a message: TCommit and TwoPhase (three resource managers, without and with a transaction manager) and
Prisoners (four prisoners, two switches that all of them may see).
"""
