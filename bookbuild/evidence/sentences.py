"""The 24 sentences of section 4.9: twelve banks of money, twelve of a river."""

MONEY = [
    "She opened an account at the bank on Monday.",
    "The bank raised its interest rates again.",
    "He borrowed money from the bank to buy a house.",
    "The bank refused to give him a loan.",
    "My salary goes to the bank at the end of the month.",
    "The bank closed three branches this year.",
    "A robber stole cash from the bank in the city.",
    "The bank charges a fee for every transfer.",
    "Her sister works as a clerk at the bank.",
    "The government saved the bank from bankruptcy.",
    "I forgot the number of my bank card.",
    "Investors lost their trust in the bank.",
]
RIVER = [
    "They sat on the bank of the river and fished.",
    "The boat was pulled up on the muddy bank.",
    "Willows grow along the bank of the stream.",
    "The river rose over its bank after the rain.",
    "We walked along the bank and watched the ducks.",
    "The otter climbed onto the bank with a fish.",
    "Reeds covered the bank on the far side of the water.",
    "He swam across the river to the opposite bank.",
    "The canoe drifted towards the left bank.",
    "A heron stood on the bank, waiting for frogs.",
    "The grassy bank of the canal was full of flowers.",
    "The flood washed away part of the bank.",
]
