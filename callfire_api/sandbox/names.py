"""Words the generated world is made of: people in many scripts, and what a utility tells them."""

PEOPLE = (
    ("Ana", "Müller"), ("José", "Núñez"), ("Zoë", "Lefèvre"), ("Siân", "O’Connor"), ("Łukasz", "Żak"),
    ("Anna", "Петрова"), ("Дмитрий", "Соколов"), ("Ольга", "Коваленко"), ("Ελένη", "Παπαδοπούλου"),
    ("Νίκος", "Αντωνίου"), ("فاطمة", "الزهراء"), ("محمد", "حداد"), ("דוד", "לוי"), ("נועה", "כהן"),
    ("伟", "王"), ("小明", "李"), ("さくら", "高橋"), ("健太", "山本"), ("지우", "김"), ("민준", "박"),
    ("आरती", "शर्मा"), ("विक्रम", "सिंह"), ("James", "Carter"), ("Maria", "Lopez"), ("Grace", "Kim"),
    ("Walter", "Nowak"), ("Ingrid", "Sørensen"), ("Thu", "Nguyễn"), ("Aylin", "Yılmaz"), ("Sam", "Taylor"),
)  # fmt: skip
AWKWARD_PEOPLE = (
    ("<b>Bold</b>", "<script>alert('x')</script>"),
    ("=HYPERLINK(\"http://x.invalid\")", "+1+1"),
    ("@SUM(A1)", "-2+3"),
    ("\u202eevil", "O'Brien \"Bob\" & Co"),
    ("UNDEFINED", "UNDEFINED"),
)  # fmt: skip
