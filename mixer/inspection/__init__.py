"""The program that looks at a file somebody sent: everything that touches its bytes, in a process with bounds.

`python -m mixer.inspection` is told what to do by one JSON object and answers with files in its folder; it reaches no
network and is given no secret. When it dies, that is the file's fault, and nobody else's trouble.
"""
