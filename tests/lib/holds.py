# SPDX-License-Identifier: Apache-2.0
"""Whether a Python expression over the JSON on standard input, called data, holds."""
import json
import sys

data = json.load(sys.stdin)
sys.exit(0 if eval(sys.argv[1], {"data": data}) else 1)
