from tests.e2e.test_wire_fuzz import *
from collections import Counter
async def test_dist(running, world):
    import tests.kit.raw as r
    c=Counter()
    orig=Raw.call
    async def call(self,*a,**k):
        x=await orig(self,*a,**k); c[x.code.name, x.reason]+=1; return x
    Raw.call=call
    t=time.time()
    for s in range(12):
        try: await fuzz(world, random.Random(s), 1000)
        except AssertionError as e: print("SEED",s,str(e)[:900])
    Raw.call=orig
    print(c, time.time()-t)
