"""The tabs of the page From scratch, one file each."""
