"""Close reading of single files with libcst: the comments that suppress findings, and the edits that mend them.

libcst parses some 0.65 MB a second, takes 0.2 s to import and can crash or hang on hostile text. So it runs only in a
child process (`worker`), behind a gate (`gate`), and only on files that hold a suppression comment or get a fix. Where
findings stand needs none of it: their extents come from the typed tree, whose positions the property test of its two
makers holds equal to libcst's.
"""
