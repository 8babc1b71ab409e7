"""What Footnote knows of English apart from dates: a table, so that another language can be another."""

# Words of closed classes, which say how other words belong together and little by themselves.
FUNCTION_WORDS = frozenset(
    word
    for line in (
        "a an the and or but nor so yet if then than that this these those there here not no",
        "as at by for from in into of off on onto out over to up upon with within without about",
        "after before between during through under above below against among around",
        "is am are was were be been being do does did doing done has have had having",
        "will would shall should can could may might must s t re ve ll d m",
        "i me my mine we us our ours you your yours he him his she her hers it its they them their theirs",
        "who whom whose which what when where why how",
        "also just only very such own same both each any some all more most other another",
    )
    for word in line.split()
)

# Words that a question needs to speak of articles rather than of what stands in them.
ABOUT_ARTICLES = frozenset(
    word
    for line in (
        "according article articles report reports reported reporting published publish publication story news piece",
        "discussed discuss mentioned mention featured suggest suggests suggesting indicate indicates claim claims",
        "claimed portrayed portrayal described describes says said detailed",
    )
    for word in line.split()
)
